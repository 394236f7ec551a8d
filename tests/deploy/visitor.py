"""Somebody at a browser in the office: HTTPS with the office's own authority, cookies, forms."""

import http.client
import re
import socket
import ssl
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

from tests.deploy.stack import ADDRESS, Stack

SOMEBODY = "127.0.0.7"  # the address of this person's computer


class Visitor:
    """Keeps cookies as a browser does, and trusts one authority alone."""

    def __init__(self, stack: Stack) -> None:
        authority = stack.volume("proxy", "/data") / "caddy/pki/authorities/local/root.crt"
        self.trust = ssl.create_default_context(cafile=str(authority))
        self.port = stack.ports["https"]
        self.url = stack.url
        self.cookies = SimpleCookie()

    def get(self, path: str) -> tuple[int, str, http.client.HTTPMessage]:
        """Status, body and headers of a page."""
        return self._ask("GET", path)

    def post(self, path: str, **words: str) -> tuple[int, str, http.client.HTTPMessage]:
        """The same of a form that was opened and sent."""
        _, page, _ = self.get(path)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
        return self._ask("POST", path, urlencode({"csrfmiddlewaretoken": token, **words}))

    def _ask(
        self, method: str, path: str, body: str = ""
    ) -> tuple[int, str, http.client.HTTPMessage]:
        # Docker's ports change the address a connection arrives at, and so does this; who asks
        # for an IP address names no host when encryption begins.
        plain = socket.create_connection(("127.0.0.1", self.port), 30, (SOMEBODY, 0))
        web = http.client.HTTPSConnection(ADDRESS, self.port, context=self.trust)
        web.sock = self.trust.wrap_socket(plain, server_hostname=ADDRESS)
        headers = {
            "Cookie": "; ".join(f"{c.key}={c.value}" for c in self.cookies.values()),
            "Referer": f"{self.url}{path}",
            "X-Forwarded-For": "10.9.9.9",  # a claim that nobody believes
        }
        if body:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.url}
        try:
            web.request(method, path, body or None, headers)
            answer = web.getresponse()
            for line in answer.headers.get_all("Set-Cookie", ()):
                self.cookies.load(line)
            return answer.status, answer.read().decode(), answer.headers
        finally:
            web.close()


def authority_made(stack: Stack) -> bool:
    """Has the proxy made the authority that the office's computers are to trust?"""
    return Path(stack.volume("proxy", "/data"), "caddy/pki/authorities/local/root.crt").is_file()
