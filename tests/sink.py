"""A real mail server for tests: it accepts, refuses or stalls, and keeps what it accepted."""

import email
import email.policy
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Sink:
    """What the server does with a mail, and the mails it accepted."""

    def __init__(self) -> None:
        self.port = free_port()
        self.mails: list[EmailMessage] = []
        self.asked: list[str] = []
        """The recipients somebody tried to write to, however that ended."""
        self.refuse: dict[str, str] = {}
        """Answers by recipient: "450 Coba lagi nanti"; "*" is for everybody."""
        self.stall = 0.0
        """Seconds before a mail is answered."""

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # noqa: N802
        self.asked.append(address)
        answer = self.refuse.get(address) or self.refuse.get("*")
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: SMTP, session, envelope: Any) -> str:  # noqa: N802
        time.sleep(self.stall)  # the whole server hangs, as a hung one does
        mail: Any = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append(mail)
        return "250 OK"

    @property
    def receivers(self) -> list[str]:
        """To whom the accepted mails went."""
        return [mail["To"] for mail in self.mails]

    @property
    def ids(self) -> list[str]:
        """The Message-IDs of the accepted mails."""
        return [mail["Message-ID"] for mail in self.mails]

    @contextmanager
    def running(self) -> Iterator["Sink"]:
        """The server, listening."""
        controller = Controller(self, hostname="127.0.0.1", port=self.port)
        controller.start()
        try:
            yield self
        finally:
            controller.stop(no_assert=True)
