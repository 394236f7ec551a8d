"""The first text of a letter: a template with the case's facts filled in, never template code."""

import re

PARAGRAPH = re.compile(r"\n\s*\n")
SENTENCE = re.compile(r"(?<=[.!?])\s+")
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
GIFT = re.compile(r"\bsou?venir|\bsuvenir|\bc[ie]ndera ?mata", re.IGNORECASE)
PLACEHOLDERS = frozenset({
    "nomor_pesanan", "tanggal_pesanan", "layanan", "sampel_kalimat", "target_selesai",
    "tanggal_baru", "hari_terlambat", "sebab", "kontak", "souvenir", "daftar_pesanan",
})  # fmt: skip

MOST_COPIES, LONGEST_COPY = 5, 120


def fill(body: str, facts: dict[str, str]) -> str:
    """Put facts in place of `{names}`. A sentence that lacks its fact goes, and an empty paragraph.

    Names that end in `_kalimat` are parts of a sentence that may be missing from it.
    """
    return "\n\n".join(paragraphs("\n\n".join(_filled(part, facts) for part in paragraphs(body))))


def _filled(paragraph: str, facts: dict[str, str]) -> str:
    kept = (s for s in SENTENCE.split(paragraph) if not _lacks(s, facts))
    return " ".join(PLACEHOLDER.sub(lambda match: facts.get(match[1], match[0]), s) for s in kept)


def _lacks(sentence: str, facts: dict[str, str]) -> bool:
    names = (match[1] for match in PLACEHOLDER.finditer(sentence))
    return any(facts.get(name) == "" and not name.endswith("_kalimat") for name in names)


def paragraphs(body: str) -> tuple[str, ...]:
    """The paragraphs of a text: what blank lines separate, line breaks within joined."""
    parts = (" ".join(part.split()) for part in PARAGRAPH.split(body.replace("\r\n", "\n")))
    return tuple(part for part in parts if part)


def without_paragraph(body: str, sentence: str) -> str:
    """The text without the paragraph that is this sentence."""
    unwanted = " ".join(sentence.split())
    return "\n\n".join(part for part in paragraphs(body) if part != unwanted)


def speaks_of_gift(body: str, sentence: str) -> bool:
    """Whether a text promises a souvenir: by the template's own sentence, or by the word."""
    return " ".join(sentence.split()) in paragraphs(body) or GIFT.search(body) is not None


def copy_lines(copies: str) -> tuple[str, ...]:
    """Who else gets the letter (tembusan): one a line, empty lines left out."""
    lines = (" ".join(line.split()) for line in copies.splitlines())
    return tuple(line for line in lines if line)


def copies_flaw(copies: str) -> str:
    """Why this is no list of copies, as a sentence; "" when it is one."""
    lines = copy_lines(copies)
    if len(lines) > MOST_COPIES:
        return f"Tembusan paling banyak {MOST_COPIES} baris. Sekarang {len(lines)}."
    longest = max(map(len, lines), default=0)
    if longest > LONGEST_COPY:
        return f"Satu baris tembusan paling banyak {LONGEST_COPY} huruf. Sekarang {longest}."
    return ""


def unknown_names(body: str) -> list[str]:
    """Names in a template that no fact of a letter can fill."""
    return sorted(set(PLACEHOLDER.findall(body)) - PLACEHOLDERS)
