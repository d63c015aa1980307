"""Signing in with the school's own provider, over HTTP: who becomes whom, and what ends it (contract 1.2; decision 39).

The provider is one of our own making; test_real_provider.py has a maintained one.
"""

from __future__ import annotations

import uuid
from base64 import urlsafe_b64decode

import httpx
import pytest
from sqlmodel import Session, col, select

from app.identity.people import create_person
from app.models import Person, PersonIdentity, SignIn, UsedIdToken
from app.schools import service as schools
from app.vocabulary import Role
from tests.sso.own_provider import EC_KEY, OTHER_KEY, STUDENTS, OwnProvider, b64, bearer, exchange, jwk, register
from tests.support.world import Someone, World

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
async def provider(world: World) -> OwnProvider:
    """Registered for the school, with a rule for students."""
    await world.school()
    made = OwnProvider(world.receiver)
    made.publish()
    return made


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def roles(world: World, pair: dict[str, str]) -> list[str] | int:
    shown = await world.http.get("/v1/auth/me", headers=bearer(pair))
    return shown.json()["roles"] if shown.status_code == 200 else shown.status_code


async def refresh(world: World, pair: dict[str, str]) -> httpx.Response:
    body = {"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}
    return await world.http.post("/v1/auth/token", json=body)


async def people(world: World) -> int:
    return len(await world.db.read(lambda s: s.exec(select(Person.id)).all()))


async def test_a_student_of_the_school_signs_in_with_its_provider(world: World, provider: OwnProvider) -> None:
    """The first time makes a person with the role that a rule gives, later ones find them again."""
    registered = await register(world, provider.issuer, alias_claim="given_name")
    before = await people(world)
    answer = await exchange(world, provider.token(given_name="Ash"))
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    pair = answer.json()
    assert (pair["school"], pair["roles"], pair["token_type"]) == ("harbour", ["student"], "Bearer")
    assert pair["issued_token_type"] == "urn:ietf:params:oauth:token-type:access_token"
    me = (await world.http.get("/v1/auth/me", headers=bearer(pair))).json()
    assert (me["alias"], me["school"], me["roles"]) == ("Ash", "harbour", ["student"])
    went_on = (await refresh(world, pair)).json()
    assert (went_on["roles"], went_on["issued_token_type"]) == (["student"], None)
    again = (await exchange(world, provider.token(given_name="Ash"))).json()
    assert (await world.http.get("/v1/auth/me", headers=bearer(again))).json()["id"] == me["id"]
    other = (await exchange(world, provider.token("s-2"))).json()
    assert (await world.http.get("/v1/auth/me", headers=bearer(other))).json()["alias"] == "New member"
    assert await people(world) == before + 2
    assert provider.asked() == 1
    # The claims are asked for anew when the sign-in has lasted as long as the school lets it.
    world.time.advance(days=registered["sign_in_days"] - 1)
    late = await refresh(world, again)
    assert late.status_code == 200
    world.time.advance(days=1)
    assert code(await refresh(world, late.json())) == (401, "bad_credentials")


@ON_SQLITE
async def test_a_token_may_say_that_it_never_ends_and_always_was(world: World, provider: OwnProvider) -> None:
    """As providers write it who mean neither: how old it may be is for us to say."""
    await register(world, provider.issuer)
    token = provider.token(exp=253_402_300_799, nbf=-62_135_596_800)
    assert (await exchange(world, token)).status_code == 200
    world.time.advance(minutes=62)
    assert code(await exchange(world, token)) == (401, "bad_credentials")


@ON_SQLITE
async def test_a_retry_opens_the_same_sign_in_and_a_replay_ends_it(world: World, provider: OwnProvider) -> None:
    """Contract M6: an answer that was lost is given again within the minute; later the token was stolen. Its
    signature spelt in the other way that elliptic curves have is the same token."""
    await register(world, provider.issuer)
    token = provider.token()
    first = (await exchange(world, token)).json()
    world.time.advance(seconds=50)
    retried = await exchange(world, token)
    assert retried.status_code == 200
    by_provider = select(SignIn.id).where(col(SignIn.provider_id).is_not(None))
    assert len(await world.db.read(lambda s: s.exec(by_provider).all())) == 1
    assert await roles(world, first) == await roles(world, retried.json()) == ["student"]
    world.time.advance(seconds=20)
    assert code(await exchange(world, _other_signature(token))) == (401, "bad_credentials")
    assert await roles(world, first) == await roles(world, retried.json()) == 401
    assert code(await exchange(world, token)) == (401, "bad_credentials")
    # Nothing is kept of a token that nobody would accept any more.
    world.time.advance(minutes=10)
    assert (await exchange(world, provider.token())).status_code == 200
    assert len(await world.db.read(lambda s: s.exec(select(UsedIdToken.used_at)).all())) == 1


@ON_SQLITE
async def test_who_is_no_longer_a_student_loses_the_role_everywhere(world: World, provider: OwnProvider) -> None:
    """A claim's role lasts with the sign-in, and is decided anew at each exchange; a coordinator's is not touched."""
    await register(world, provider.issuer)
    pair = (await exchange(world, provider.token())).json()
    before = await people(world)
    assert code(await exchange(world, provider.token(affiliation=["alum"]))) == (403, "no_role_for_you")
    assert code(await exchange(world, provider.token("stranger", affiliation="staff"))) == (403, "no_role_for_you")
    assert await people(world) == before
    assert await roles(world, pair) == []
    # Who has a role of a coordinator's needs no rule.
    adviser = await world.person(Role.ADVISER)
    await _link(world, provider, adviser, "s-3")
    linked = (await exchange(world, provider.token("s-3", affiliation="staff"))).json()
    assert linked["roles"] == ["adviser"]
    both = (await exchange(world, provider.token("s-3"))).json()
    assert both["roles"] == await roles(world, linked) == ["adviser", "student"]
    assert (await world.http.get("/v1/auth/me", headers=adviser.headers)).json()["roles"] == ["adviser"]


@ON_SQLITE
async def test_no_claim_makes_a_coordinator_an_evaluator(world: World, provider: OwnProvider) -> None:
    """Whoever runs the provider could otherwise let whoever runs the programme see what people say of it."""
    await register(world, provider.issuer, STUDENTS | {"role": "evaluator"})
    coordinator = await world.person(Role.COORDINATOR)
    assert (await _link(world, provider, coordinator, "s-1")).status_code == 201
    linked, other = (await exchange(world, provider.token("s-1"))).json(), await exchange(world, provider.token("s-2"))
    assert linked["roles"] == await roles(world, linked) == ["coordinator"]
    waves = "/v1/schools/harbour/evaluation/waves"
    assert (await world.http.get(waves, headers=bearer(linked))).status_code == 403
    assert (await world.http.get(waves, headers=bearer(other.json()))).status_code == 200


@ON_SQLITE
async def test_nobody_is_found_by_an_address(world: World, provider: OwnProvider) -> None:
    """Decision 39: whoever runs the provider can write any address into a token. It makes somebody new, without the
    roles of whoever has the address here, and takes no address away from anybody."""
    await register(world, provider.issuer, STUDENTS, {"claim": "email", "ends_with": ".example", "role": "evaluator"})
    adviser = await world.person(Role.ADVISER)
    said = {"email": adviser.login, "email_verified": True, "preferred_username": adviser.login, "name": adviser.alias}
    pair = (await exchange(world, provider.token(**said))).json()
    me = (await world.http.get("/v1/auth/me", headers=bearer(pair))).json()
    assert me["roles"] == ["evaluator", "student"]
    assert (me["id"], me["alias"]) != (str(adviser.id), adviser.alias)
    assert await world.db.read(lambda s: len(s.exec(select(Person.id).where(Person.login == adviser.login)).all())) == 1
    unverified = (await exchange(world, provider.token("s-2", **said | {"email_verified": "true"}))).json()
    assert unverified["roles"] == ["student"]
    # Nobody can take the address of somebody who is yet to come, either.
    await exchange(world, provider.token("s-3", **said | {"email": "to-come@harbour.example"}))
    await world.db.write(
        lambda s: create_person(
            s,
            school_id=schools.find(s, "harbour").id,
            login="to-come@harbour.example",
            alias="To come",
            roles=[],
            password_hash=None,
        )
    )


@ON_SQLITE
async def test_whom_the_directory_has_put_here_is_found_by_its_id(world: World, provider: OwnProvider) -> None:
    """A claim names the id of an import: a student is found, an adviser never, and who was ended stays out."""
    await register(world, provider.issuer, external_id_claim="number")
    student, adviser, gone = [await world.person(role) for role in (Role.STUDENT, Role.ADVISER, Role.STUDENT)]

    def imported(session: Session) -> None:
        for person, number in ((student, "1"), (adviser, "2"), (gone, "3")):
            session.get_one(Person, person.id).external_id = number
        session.get_one(Person, gone.id).active = False

    await world.write(imported)

    async def who(subject: str, number: object) -> str:
        pair = (await exchange(world, provider.token(subject, number=number))).json()
        assert pair["roles"] == ["student"]
        return str((await world.http.get("/v1/auth/me", headers=bearer(pair))).json()["id"])

    assert await who("s-1", 1) == str(student.id)
    # Known by the subject from then on, whatever the token says of the id.
    assert await who("s-1", "2") == str(student.id)
    assert await who("s-2", "2") != str(adviser.id)
    assert code(await exchange(world, provider.token("s-3", number="3"))) == (401, "bad_credentials")
    new = await who("s-4", "4")
    assert (
        await world.db.read(lambda s: s.exec(select(Person.external_id).where(Person.id == uuid.UUID(new))).one())
    ) == "4"


@ON_SQLITE
async def test_people_link_themselves_and_only_themselves(world: World, provider: OwnProvider) -> None:
    """Signed in, a moment ago, with a token that nobody has used. Unlinking ends what came by the link."""
    await register(world, provider.issuer)
    adviser = await world.person(Role.ADVISER)
    url = "/v1/auth/identities"
    made = await _link(world, provider, adviser, "a-1")
    assert made.json()["provider"] == "Harbour University"
    assert (await world.http.get(made.headers["Location"], headers=adviser.headers)).json() == made.json()
    assert [each["id"] for each in (await world.http.get(url, headers=adviser.headers)).json()["items"]] == [
        made.json()["id"]
    ]
    # Again is no fault; somebody else's is.
    assert (await _link(world, provider, adviser, "a-1")).json() == made.json()
    student = (await exchange(world, provider.token("s-1"))).json()
    assert code(await _link(world, provider, adviser, "s-1")) == (409, "identity_taken")
    other = await world.person(Role.TRIAGER)
    assert code(await _link(world, provider, other, "a-1")) == (409, "identity_taken")
    foreign = await world.http.get(made.headers["Location"], headers=other.headers)
    assert code(foreign) == (404, "not_found")
    assert code(await world.http.delete(made.headers["Location"], headers=other.headers)) == (404, "not_found")
    # A token that was exchanged links nobody, and one that has linked opens nothing.
    token = provider.token("a-2")
    assert (await _link(world, provider, other, "a-2", token=token)).status_code == 201
    assert code(await exchange(world, token)) == (401, "bad_credentials")
    refused = await _link(world, provider, other, "x", token="x" * 40)
    assert code(refused) == (422, "validation_failed")
    assert refused.json()["errors"][0]["code"] == "token_not_accepted"
    # Their only way in stays; with another one they may go, and what came by them ends.
    [own] = (await world.http.get(url, headers=bearer(student))).json()["items"]
    assert code(await world.http.delete(f"{url}/{own['id']}", headers=bearer(student))) == (409, "only_way_in")
    by_link = (await exchange(world, provider.token("a-1"))).json()
    second = await _link(world, provider, adviser, "a-9")
    assert (await world.http.delete(made.headers["Location"], headers=adviser.headers)).status_code == 204
    assert await roles(world, by_link) == 401
    assert (await world.http.get(second.headers["Location"], headers=adviser.headers)).status_code == 200
    # An access token of an old sign-in adds no new way in.
    world.time.advance(minutes=11)
    assert code(await _link(world, provider, adviser, "a-4")) == (403, "sign_in_again")


@ON_SQLITE
async def test_a_link_from_before_somebody_could_read_cases_opens_none(world: World, provider: OwnProvider) -> None:
    """Whoever runs the provider was let in as a student of theirs; that one becomes a triager, and they stay outside
    until the triager has linked the provider themselves, signed in with a password."""
    await register(world, provider.issuer, external_id_claim="number")
    coordinator, sponsor = await world.person(Role.COORDINATOR), await world.person(Role.SPONSOR)
    student = await world.person(Role.STUDENT)

    def imported(session: Session) -> None:
        session.get_one(Person, student.id).external_id = "1"

    await world.write(imported)
    as_student = (await exchange(world, provider.token("s-1", number="1"))).json()
    url = "/v1/schools/harbour/role-grants"
    body = {"person": str(student.id), "role": "triager"}
    made = await world.http.post(url, headers=coordinator.headers | world.once(), json=body)
    grant = f"{url}/{made.json()['id']}"
    # While a second person is awaited, it opens what it opened, and makes no new way in.
    assert await roles(world, as_student) == ["student"]
    foreign = Someone(student.id, student.login, student.alias, "harbour", bearer(as_student))
    assert code(await _link(world, provider, foreign, "s-2")) == (403, "sign_in_again")
    shown = await world.http.get(grant, headers=sponsor.headers)
    headers = sponsor.headers | {"If-Match": shown.headers["ETag"]}
    assert (await world.http.post(f"{grant}/confirm", headers=headers)).status_code == 200
    assert await roles(world, as_student) == 401
    assert code(await exchange(world, provider.token("s-1", number="1"))) == (403, "link_it_yourself")
    assert (await _link(world, provider, student, "s-1")).status_code == 201
    again = await exchange(world, provider.token("s-1", number="1"))
    assert (again.status_code, again.json()["roles"]) == (200, ["student", "triager"])


@ON_SQLITE
async def test_a_provider_that_is_switched_off_or_removed_ends_its_sign_ins(
    world: World, provider: OwnProvider
) -> None:
    """At once, and those alone. Who has left stays out, also when the same issuer is registered again."""
    registered = await register(world, provider.issuer)
    it: Someone = registered["by"]
    path = f"/v1/schools/harbour/identity-providers/{registered['id']}"
    pair = (await exchange(world, provider.token())).json()
    await exchange(world, provider.token("leaver"))

    async def change(**changes: object) -> None:
        etag = (await world.http.get(path, headers=it.headers)).headers["ETag"]
        done = await world.http.patch(path, json=changes, headers=it.headers | {"If-Match": etag})
        assert done.status_code == 200, done.text

    await change(name="Harbour", rules=[STUDENTS, {"claim": "staff", "equals": "true", "role": "evaluator"}])
    assert await roles(world, pair) == ["student"]
    await change(client_ids=["another-app"])
    assert await roles(world, pair) == 401
    assert code(await refresh(world, pair)) == (401, "bad_credentials")
    assert code(await exchange(world, provider.token())) == (401, "bad_credentials")
    pair = (await exchange(world, provider.token(aud="another-app"))).json()
    await change(enabled=False)
    assert await roles(world, pair) == 401
    assert code(await exchange(world, provider.token(aud="another-app"))) == (401, "bad_credentials")
    await change(enabled=True)
    pair = (await exchange(world, provider.token(aud="another-app"))).json()
    me = (await world.http.get("/v1/auth/me", headers=bearer(pair))).json()["id"]
    await world.db.write(
        lambda s: [
            s.add(person.sqlmodel_update({"active": False}))
            for person in s.exec(
                select(Person)
                .join(PersonIdentity, col(PersonIdentity.person_id) == col(Person.id))
                .where(PersonIdentity.subject == "leaver")
            )
        ]
    )
    assert code(await exchange(world, provider.token("leaver", aud="another-app"))) == (401, "bad_credentials")
    etag = (await world.http.get(path, headers=it.headers)).headers["ETag"]
    assert (await world.http.delete(path, headers=it.headers | {"If-Match": etag})).status_code == 204
    assert await roles(world, pair) == 401
    await register(world, provider.issuer, by=it)
    assert code(await exchange(world, provider.token("leaver"))) == (401, "bad_credentials")
    found = (await exchange(world, provider.token())).json()
    assert (await world.http.get("/v1/auth/me", headers=bearer(found))).json()["id"] == me


@ON_SQLITE
async def test_keys_change_without_a_restart_and_go_on_while_the_provider_is_away(
    world: World, provider: OwnProvider
) -> None:
    """A new key is asked for once it is named, seldom however many are; without any, 503 with help. Who is signed in
    stays so."""
    await register(world, provider.issuer)
    pair = (await exchange(world, provider.token())).json()
    assert provider.asked() == 1
    provider.publish(jwk(OTHER_KEY, "k9"))
    world.time.advance(seconds=11)
    assert (await exchange(world, provider.token(key=OTHER_KEY, kid="k9"))).status_code == 200
    # A removed key signs nothing any more, and made-up ones do not become questions.
    for number in range(10):
        assert code(await exchange(world, provider.token(kid=f"made-up-{number}"))) == (401, "bad_credentials")
    assert code(await exchange(world, provider.token(key=EC_KEY, kid="k1"))) == (401, "bad_credentials")
    assert provider.asked() == 2
    provider.go_away()
    world.time.advance(hours=23)
    assert (await exchange(world, provider.token(key=OTHER_KEY, kid="k9"))).status_code == 200
    world.time.advance(hours=2)
    away = await exchange(world, provider.token(key=OTHER_KEY, kid="k9"))
    assert code(away) == (503, "identity_provider_unavailable")
    assert away.headers["Retry-After"]
    assert away.json()["help"]
    # Asked a moment ago: not again.
    asked = len(world.receiver.requests())
    assert code(await exchange(world, provider.token(key=OTHER_KEY, kid="k9"))) == (
        503,
        "identity_provider_unavailable",
    )
    assert len(world.receiver.requests()) == asked
    assert (await refresh(world, pair)).status_code == 200
    provider.publish()
    world.time.advance(seconds=11)
    assert (await exchange(world, provider.token(key=OTHER_KEY, kid="k9"))).status_code == 200


async def _link(
    world: World, provider: OwnProvider, person: Someone, subject: str, *, token: str | None = None
) -> httpx.Response:
    body = {
        "subject_token": token or provider.token(subject),
        "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
    }
    return await world.http.post("/v1/auth/identities", json=body, headers=person.headers | world.once())


def _other_signature(token: str) -> str:
    """The same signature by ES256, with the other of the two numbers that it can be written with."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    signed, _, signature = token.rpartition(".")
    raw = urlsafe_b64decode(signature + "==")
    return f"{signed}.{b64(raw[:32] + (order - int.from_bytes(raw[32:])).to_bytes(32))}"
