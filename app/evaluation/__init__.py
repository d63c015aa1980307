"""Evaluation: whether the programme helps or harms, asked and counted so that nobody can be found (STUDY D19, B17)."""
