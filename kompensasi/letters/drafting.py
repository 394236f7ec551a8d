"""The first text of a letter: a template with the case's facts filled in, never template code."""

import re

PARAGRAPH = re.compile(r"\n\s*\n")
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
PLACEHOLDERS = frozenset({
    "nomor_pesanan", "tanggal_pesanan", "layanan", "sampel_kalimat", "target_selesai",
    "tanggal_baru", "hari_terlambat", "sebab", "kontak", "souvenir",
})  # fmt: skip


def fill(body: str, facts: dict[str, str]) -> str:
    """Put facts in place of `{names}`; a paragraph that is left empty goes."""
    filled = PLACEHOLDER.sub(lambda match: facts.get(match[1], match[0]), body)
    return "\n\n".join(paragraphs(filled))


def paragraphs(body: str) -> tuple[str, ...]:
    """The paragraphs of a text: what blank lines separate, line breaks within joined."""
    parts = (" ".join(part.split()) for part in PARAGRAPH.split(body.replace("\r\n", "\n")))
    return tuple(part for part in parts if part)


def without_paragraph(body: str, sentence: str) -> str:
    """The text without the paragraph that is this sentence."""
    unwanted = " ".join(sentence.split())
    return "\n\n".join(part for part in paragraphs(body) if part != unwanted)
