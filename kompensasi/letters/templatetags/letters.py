"""A letter's text for templates."""

from django import template

from kompensasi.letters import drafting

register = template.Library()


@register.filter
def paragraphs(body: str) -> tuple[str, ...]:
    """The paragraphs of a letter's text, as the PDF prints them."""
    return drafting.paragraphs(body)


@register.filter
def copy_lines(copies: str) -> tuple[str, ...]:
    """Who else gets the letter, a line each."""
    return drafting.copy_lines(copies)
