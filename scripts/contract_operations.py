"""Whether a generated client has every operation: python scripts/contract_operations.py FOLDER PATTERN

PATTERN is a regular expression for the method of an operation, with `{}` for its operationId.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from openapi_diff import operations

folder, pattern = Path(sys.argv[1]), sys.argv[2]
document = json.loads((Path(__file__).resolve().parents[1] / "openapi" / "openapi.json").read_text())
source = "\n".join(file.read_text() for file in folder.rglob("*") if file.suffix in (".kt", ".swift"))
names = [operation["operationId"] for operation in operations(document).values()]
lost = [name for name in names if not re.search(pattern.replace("{}", re.escape(name)), source)]
sys.stdout.write(f"{len(names) - len(lost)} of {len(names)} operations\n")
if lost:
    sys.exit(f"missing: {', '.join(lost)}")
