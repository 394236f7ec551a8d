"""Django's question "may this person?" answered by the appointments in force."""

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.utils import timezone

from kompensasi.people.models import User


class AppointmentBackend(ModelBackend):
    """Passwords as Django keeps them; rights from appointments alone, never from a flag."""

    def user_can_authenticate(self, user: Any) -> bool:
        """Demo people have a password everybody knows: they exist in a demo only.

        A temporary password that nobody replaced in time lets nobody in any more.
        """
        until = user.temporary_until
        in_time = until is None or timezone.now() < until
        return (
            super().user_can_authenticate(user) and in_time and (settings.DEMO or not user.is_demo)
        )

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Whether an appointment in force now gives the right, for the object's section if any."""
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        section = getattr(obj, "section_id", None)
        return user_obj.capacity_for(perm, section, timezone.now()) is not None

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Whether any right in the app is held now (Django's admin asks this for its index)."""
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        return any(
            perm.startswith(f"{app_label}.")
            for appointment in user_obj.appointments_on(timezone.now())
            for perm in appointment.post.permission_names
        )
