"""The compensation case, its visits to the steps, and the facts each step records."""

from kompensasi.cases.models.case import Case, CaseLetter, Ending, Opening, Visit
from kompensasi.cases.models.facts import (
    Correction,
    CustomerInformed,
    Draft,
    Handover,
    Instruction,
    ObstacleReport,
    Receiving,
    SavedAnswers,
    Sending,
)

__all__ = [
    "Case",
    "CaseLetter",
    "Correction",
    "CustomerInformed",
    "Draft",
    "Ending",
    "Handover",
    "Instruction",
    "ObstacleReport",
    "Opening",
    "Receiving",
    "SavedAnswers",
    "Sending",
    "Visit",
]
