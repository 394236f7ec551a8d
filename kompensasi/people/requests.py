"""The request of somebody who has signed in, as views see it."""

from django.http import HttpRequest

from kompensasi.people.models import User


class StaffRequest(HttpRequest):
    """LoginRequiredMiddleware lets nobody else through; a name for the types."""

    user: User
