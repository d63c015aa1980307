"""Examples of statistics, of the rules they go by, and of what everybody may see. The school is made up."""

from __future__ import annotations

from typing import Any

from app.evaluation import statistics, tables
from app.evaluation.chart import drawn
from app.evaluation.statistics_schemas import StatisticsTable
from app.evaluation.suppression import SMALLEST_GROUP
from app.evaluation.table_csv import written

PERIOD, TABLE = "2027", "relationship"
_SORT = tables.BY_NAME[TABLE]
_DAYS = {"starts_on": "2027-01-01", "ends_on": "2027-12-31", "closed_on": "2028-01-31"}
_SHOWN = tables.shown(
    212,
    {TABLE: {"friend": 96, "same_group_or_class": 41, "same_placement": 22, "housemate": 14, "barely_know_them": 6}},
    regions=(),
    k=SMALLEST_GROUP,
)
_TABLE: dict[str, Any] = {
    "school": "harbour",
    "period": PERIOD,
    **_DAYS,
    "by": [TABLE],
    "about": _SORT.about,
    "total": _SHOWN["total"],
    "cells": _SHOWN["tables"][TABLE],
    "method": {
        "smallest_group": SMALLEST_GROUP,
        "rounded_to": 5,
        "percent_from": 25,
        "adds_up": True,
        "never_shown": _SORT.rest,
        "rules": statistics.rules(SMALLEST_GROUP),
        "source": statistics.SOURCE,
    },
}
_RULES: dict[str, Any] = {
    "smallest_group": 10,
    "terms": [
        {"period": "2028-T1", "starts_on": "2028-02-07", "ends_on": "2028-06-16"},
        {"period": "2028-T2", "starts_on": "2028-07-10", "ends_on": "2028-11-24"},
    ],
}
_READ = StatisticsTable.model_validate(_TABLE)
CSV, PICTURE = written(_READ), drawn(_READ)
BODIES: dict[str, Any] = {
    "StatisticsRulesPut": {"byTerms": _RULES, "byYears": {"smallest_group": 15, "terms": []}},
}
ANSWERS: dict[str, Any] = {
    "StatisticsTable": _TABLE,
    "StatisticsIndex": {
        "school": "harbour",
        "periods": [
            {
                "period": "2028",
                "starts_on": "2028-01-01",
                "ends_on": "2028-12-31",
                "closes_on": "2029-01-31",
                "closed_on": None,
            },
            {"period": PERIOD, **_DAYS, "closes_on": "2028-01-31"},
        ],
        "tables": [{"by": sort.name, "about": sort.about, "adds_up": sort.adds_up} for sort in tables.SORTS],
    },
    "StatisticsRulesOut": _RULES,
    "Transparency": {
        "school": "harbour",
        "text": statistics.TEXT,
        "rules": statistics.rules(SMALLEST_GROUP),
        "periods": [
            {
                "period": PERIOD,
                **_DAYS,
                "worries": {"count": 210, "suppressed": None},
                "median_time_to_answer": "four_hours",
                "median_suppressed": None,
                "missed_targets": {"count": 15, "suppressed": None},
                "confidentiality_decisions": {"count": None, "suppressed": "small"},
            }
        ],
    },
}
