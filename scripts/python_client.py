"""Makes the Python client: python scripts/python_client.py FOLDER. Anything that the generator leaves out is a failure.

Its own command line would do, but for a library that it wants in another version than we do.
"""

from __future__ import annotations

import sys
from pathlib import Path

from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType

REPOSITORY = Path(__file__).resolve().parents[1]


def make(folder: Path, document: Path = REPOSITORY / "openapi" / "openapi.json") -> list[str]:
    """Write the package `peerline_client` into a folder, and say what was wrong with the document."""
    told = ConfigFile.load_from_path(REPOSITORY / "contract" / "python-client.yaml")
    config = Config.from_sources(
        told,
        MetaType.NONE,
        document_source=document,
        file_encoding="utf-8",
        overwrite=True,
        output_path=folder / "peerline_client",
    )
    return [f"{fault.header} {fault.detail or ''}".strip() for fault in generate(config=config)]


if __name__ == "__main__":
    faults = make(Path(sys.argv[1]))
    sys.stderr.writelines(f"{fault}\n" for fault in faults)
    sys.exit(bool(faults))
