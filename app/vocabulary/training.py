"""Training that every supporter has, and the supervision that goes on beside it (STUDY T09, D11)."""

from __future__ import annotations

from enum import StrEnum


class TrainingKind(StrEnum):
    """How somebody came by it. `brought_over`: they served before their training was recorded here."""

    EXERCISES = "exercises"
    WORKSHOP = "workshop"
    ROLE_PLAY = "role_play"
    BROUGHT_OVER = "brought_over"


class TrainingPart(StrEnum):
    """What a module can consist of: its exercises, and what is practised with others where a school asks for that."""

    EXERCISES = "exercises"
    IN_PERSON = "in_person"


class TrainingNotice(StrEnum):
    """How near a day is by which a training is due, each told once."""

    DAYS_28 = "days_28"
    DAYS_7 = "days_7"
    OVERDUE = "overdue"


class SupervisionKind(StrEnum):
    """Whether several talk together or one alone."""

    GROUP = "group"
    INDIVIDUAL = "individual"


class Attendance(StrEnum):
    """Whether somebody was there, and nothing else."""

    ATTENDED = "attended"
    MISSED = "missed"


# What a coordinator can record of a training in person.
IN_PERSON = (TrainingKind.WORKSHOP, TrainingKind.ROLE_PLAY)
