"""A refusal carries its reason, in words for the person who is refused."""


class Refused(Exception):
    """Something was asked that may not be done. `sentence` is shown as it is; nothing changed."""

    status = 409

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NotYours(Refused):
    """This person may not do this, as any of the posts held now."""

    status = 403


class NotNow(Refused):
    """The right person, but things stand so that it cannot be done (any more, or yet)."""


class BadInput(Refused):
    """A fact that cannot be. `field` names where a form shows the sentence, when there is one."""

    status = 422

    def __init__(self, sentence: str, field: str | None = None) -> None:
        super().__init__(sentence)
        self.field = field
