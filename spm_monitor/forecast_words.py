"""A forecast in sentences for the people of the office."""

from datetime import datetime

from spm_monitor.forecast_scoring import Moment
from spm_monitor.forecasting import NEWEST, Forecast
from spm_monitor.wording import short_date_id
from spm_monitor.workdays import to_wib

DENOMINATORS = (2, 3, 4, 5, 10)  # people picture these; 3 of 7 nobody does
RARE = 0.05


def sentences(forecast: Forecast) -> list[str]:
    """What is expected, how likely it is outside the SPM, and from how many orders that comes."""
    if forecast.from_norm:
        return _of_the_norm(forecast)
    if forecast.likely is None:
        return _of_the_slowest(forecast)
    return [_finish(forecast), _risk(forecast), f"Dihitung dari {_counted(forecast)}."]


def chance_words(chance: float) -> str:
    """ "sekitar 1 dari 4"."""
    if chance < RARE:
        return "kurang dari 1 dari 20"
    if chance > 1 - RARE:
        return "lebih dari 19 dari 20"
    pairs = [(n, of) for of in DENOMINATORS for n in range(1, of)]
    n, of = min(pairs, key=lambda pair: abs(pair[0] / pair[1] - chance))
    return f"sekitar {n} dari {of}"


def _of_the_norm(forecast: Forecast) -> list[str]:
    earlier = forecast.outlook.earlier
    known = f"Baru {earlier} pesanan" if earlier else "Belum ada pesanan"
    said = [f"{known} layanan ini yang selesai: belum cukup untuk prakiraan."]
    if forecast.overdue or forecast.likely is None:
        return [*said, "Target sudah lewat."]
    return [*said, f"Patokannya target: {short_date_id(forecast.likely)}."]


def _of_the_slowest(forecast: Forecast) -> list[str]:
    return [
        f"Tidak satu pun dari {_of_the_service(forecast)} memakan waktu selama ini,"
        " jadi hari selesainya tidak dapat diprakirakan.",
        "Target sudah lewat." if forecast.overdue else "Kemungkinan di luar SPM tinggi.",
    ]


def _finish(forecast: Forecast) -> str:
    likely, early, late = forecast.likely, forecast.early, forecast.late
    said = f"Biasanya selesai {short_date_id(likely)}" if likely else ""
    if early is None or late is None or early == late:
        return f"{said}."
    return f"{said} ({_between(early, late)})."


def _between(early: datetime, late: datetime) -> str:
    """ "antara 10 dan 18 Des 2026", with month and year where they differ."""
    first, last = short_date_id(early).split(), short_date_id(late).split()
    same = 2 if to_wib(early).year == to_wib(late).year else 3
    if first[1:] == last[1:]:
        same = 1
    return f"antara {' '.join(first[:same])} dan {' '.join(last)}"


def _risk(forecast: Forecast) -> str:
    if forecast.overdue or forecast.chance is None:
        return "Target sudah lewat."
    return f"Kemungkinan di luar SPM {chance_words(forecast.chance)}."


def _counted(forecast: Forecast) -> str:
    seen = forecast.outlook
    if seen.comparable == seen.earlier:
        return _of_the_service(forecast)
    return (
        f"{seen.comparable} pesanan yang memakan waktu paling sedikit selama ini,"
        f" di antara {_of_the_service(forecast)}"
    )


SINCE = {
    "": "",
    "work_began_at": ", sejak mulai dikerjakan",
    "report_began_at": ", sejak hasilnya mulai disusun",
}


def _of_the_service(forecast: Forecast) -> str:
    earlier = forecast.outlook.earlier
    newest = " terakhir" if earlier == NEWEST else ""
    return f"{earlier} pesanan{newest} layanan ini yang sudah selesai{SINCE[forecast.stage]}"


# --- how good they were -----------------------------------------------------------------------

HARDLY = 0.01  # a difference that nobody would notice, as a share of what it is compared with


def verdict(moment: Moment) -> str:
    """What the scores of a moment come to."""
    chance = _better(moment.forecast.value, moment.base.value, "angka dasar")
    finish = _better(moment.days.value, moment.norm.value, "target")
    return f"Kemungkinan di luar SPM: {chance}. Hari selesai: {finish}."


def _better(ours: float | None, theirs: float | None, rule: str) -> str:
    if ours is None or theirs is None:
        return "belum dapat dinilai"
    if abs(ours - theirs) <= HARDLY * theirs:
        return f"prakiraan setepat {rule}"
    if ours < theirs:
        return f"prakiraan lebih tepat daripada {rule}"
    return f"prakiraan kalah tepat dari {rule}"
