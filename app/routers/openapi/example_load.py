"""An example of who carries how much: two advisers hand over on a Monday at 09:00, in the week of Good Friday."""

from __future__ import annotations

from typing import Any

_MIRA, _TOMAS = "0197b7d8-155a-7dcf-a84f-8192f0269ba3", "0197b7d8-155c-7a01-9f3e-5d7b9c1e3a42"

ANSWERS: dict[str, Any] = {
    "LoadOut": {
        "from": "2027-03-21T00:00:00Z",
        "to": "2027-03-28T00:00:00Z",
        "time_zone": "Australia/Melbourne",
        "people": [
            {
                "person": _MIRA,
                "alias": "Mira",
                "minutes": 1320,
                "night_minutes": 540,
                "weekend_minutes": 780,
                "public_holiday_minutes": 0,
                "shifts": 1,
                "pages": 0,
            },
            {
                "person": _TOMAS,
                "alias": "Tomas",
                "minutes": 8760,
                "night_minutes": 3240,
                "weekend_minutes": 2100,
                "public_holiday_minutes": 3540,
                "shifts": 1,
                "pages": 2,
            },
        ],
        "lines": [
            {
                "line": "clinical_advice",
                "people": 2,
                "minutes": {"mean": 5040, "least": 1320, "most": 8760},
                "night_minutes": {"mean": 1890, "least": 540, "most": 3240},
                "weekend_minutes": {"mean": 1440, "least": 780, "most": 2100},
                "public_holiday_minutes": {"mean": 1770, "least": 0, "most": 3540},
            }
        ],
    }
}
