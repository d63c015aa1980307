"""Whether a module's exercises are passed, by what the module says (`pass_with`, `must_be_right`)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from app.core.problems import InvalidRequest
from app.guidance.content import Exercise, TrainingModule
from app.guidance.content_schemas import ChoiceFeedback, ExerciseAnswer, ExerciseFeedback

MISSING = "All exercises with choices are answered together."


def feedback_of(exercise: Exercise, chosen: Collection[str]) -> ExerciseFeedback:
    """Right is an answer with every choice that is right, and no other."""
    choices = [
        ChoiceFeedback(id=each.id, chosen=each.id in chosen, right=each.right, feedback=each.feedback)
        for each in exercise.choices
    ]
    return ExerciseFeedback(
        exercise=exercise.id, right=all(each.chosen == each.right for each in choices), choices=choices
    )


def marked(module: TrainingModule, given: Sequence[ExerciseAnswer]) -> tuple[bool, list[ExerciseFeedback]]:
    """Whether it is passed, with a word on each choice, in the order of the module.

    Raises InvalidRequest unless every exercise with choices is answered, once, with choices that it has.
    """
    exercises = {each.id: each for each in module.exercises if each.choices}
    faults = [
        {"pointer": f"#/answers/{number}/{name}", "code": "unknown", "detail": detail}
        for number, each in enumerate(given)
        for name, detail in _faults(exercises, each)
    ]
    answers = {each.exercise: each.choices for each in given}
    if len(answers) < len(given) or exercises.keys() - answers.keys():
        faults.append({"pointer": "#/answers", "code": "not_each_once", "detail": MISSING})
    if faults:
        raise InvalidRequest(errors=faults)
    shown = [feedback_of(each, answers[each.id]) for each in exercises.values()]
    right = {each.exercise for each in shown if each.right}
    needed = {each.id for each in exercises.values() if each.must_be_right}
    return needed <= right and len(right) >= module.pass_with, shown


def _faults(exercises: dict[str, Exercise], given: ExerciseAnswer) -> list[tuple[str, str]]:
    exercise = exercises.get(given.exercise)
    if exercise is None:
        return [("exercise", "There is no such exercise with choices in this module.")]
    known = {each.id for each in exercise.choices}
    return [
        (f"choices/{number}", "This exercise has no such choice.")
        for number, each in enumerate(given.choices)
        if each not in known
    ]
