"""Passwords: Argon2id, off the event loop, a few at a time; as slow for an unknown name as for a known one."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from app.identity.password_rules import normalise

# Each hash takes 64 MiB and about 0.2 s of a core, in four threads at once: with more of them in hand than cores for
# them, the event loop would wait its turn among them.
AT_ONCE = max(1, (os.cpu_count() or 1) // 4)


class Passwords:
    """Hash and verify. `cost` is `recommended` (m=64 MiB, t=3, p=4; RFC 9106) or `fast` for tests."""

    def __init__(self, *, cost: str) -> None:
        hasher = Argon2Hasher() if cost == "recommended" else Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)
        self._hash = PasswordHash((hasher,))
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="password")
        self._dummy = self._hash.hash("a password that nobody has")

    def hash_now(self, password: str) -> str:
        return self._hash.hash(normalise(password))

    async def hash(self, password: str) -> str:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.hash_now, password)

    async def verify(self, password: str, stored: str | None) -> tuple[bool, str | None]:
        """Whether it fits, and a new hash when the stored one should be replaced. `stored` None always fails."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._verify, password, stored)

    def _verify(self, password: str, stored: str | None) -> tuple[bool, str | None]:
        normalised = normalise(password)
        try:
            fits, renewed = self._hash.verify_and_update(normalised, stored or self._dummy)
            if not fits and normalised != password:
                # Chosen before passwords were normalised: tried as it was typed, for whoever is unknown as well.
                fits = self._hash.verify(password, stored or self._dummy)
                renewed = self._hash.hash(normalised) if fits else None
        except UnknownHashError:
            return False, None
        return (fits, renewed) if stored else (False, None)

    def close(self) -> None:
        self._threads.shutdown(wait=False)
