"""Signing in and out, and one's own password; Django's views with words of ours."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.decorators import method_decorator

from kompensasi.people import unsent
from kompensasi.people.models import User
from spm_monitor import journal
from spm_monitor.sentences import speak_plainly

ABOUT_PASSWORDS = (
    "Paling sedikit 10 huruf, angka, atau tanda. Jangan mirip nama Anda, dan jangan kata sandi"
    " yang lazim dipakai orang."
)
# One sentence for a wrong name, a wrong password and a closed account: it tells a stranger nothing.
NO_MATCH = "Nama pengguna atau kata sandi tidak cocok. Periksa keduanya."


class SignInForm(AuthenticationForm):
    """Name and password."""

    error_messages = {"invalid_login": NO_MATCH, "inactive": NO_MATCH}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Django tells only the browser; a longer one would not fit the row of a failed attempt.
        longest = User._meta.get_field("username").max_length
        self.fields["username"].validators.append(MaxLengthValidator(longest))
        speak_plainly(self)


class OwnPasswordForm(PasswordChangeForm):
    """The old password, and twice the new one."""

    error_messages = {
        "password_incorrect": "Kata sandi lama tidak cocok. Ketik sekali lagi.",
        "password_mismatch": "Kedua kata sandi baru tidak sama. Ketik ulang keduanya.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].help_text = ABOUT_PASSWORDS
        speak_plainly(self)

    def clean(self) -> dict[str, Any]:
        """A password that somebody else was shown is replaced, not kept."""
        data = super().clean() or self.cleaned_data
        new = data.get("new_password1")
        if new and new == data.get("old_password"):
            self.add_error("new_password1", "Pilih kata sandi yang lain dari yang lama.")
        return data


class SignIn(views.LoginView):
    """Sign in; in a demo also by picking one of the demo people."""

    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["unsent_kept"] = unsent.KEY in self.request.session
        if settings.DEMO:
            context |= {"is_demo": True, "demo_accounts": demo_accounts(timezone.now())}
        else:
            context["no_account"] = not User.objects.exists()
        return context


@method_decorator(login_not_required, name="dispatch")
class SignOut(views.LogoutView):
    """Sign out, by POST alone: a mere link must not end somebody's session."""

    http_method_names = ["get", "post", "options"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Who types the address stays signed in, and learns how to leave."""
        if request.user.is_authenticated:
            messages.info(request, "Untuk keluar, buka menu akun di kanan atas, lalu tekan Keluar.")
        return redirect(settings.LOGIN_REDIRECT_URL)


class ChangePassword(views.PasswordChangeView):
    """Change one's own password; other devices are signed out by it."""

    form_class = OwnPasswordForm

    def form_valid(self, form: Any) -> HttpResponse:
        user, now = form.user, timezone.now()
        held = user.appointments_on(now)
        user.temporary_until = None
        with journal.act():
            response = super().form_valid(form)
            journal.record(
                "user.password_changed", user, by=user, now=now,
                capacity=held[0] if held else "Pemilik akun",
            )  # fmt: skip
        return response


class PasswordChanged(views.PasswordChangeDoneView):
    """The word that it was done."""


def demo_accounts(now: datetime) -> list[tuple[str, str]]:
    """The demo people as (name to sign in with, what they are), in the order of their posts."""
    people = User.objects.filter(is_demo=True, is_active=True).prefetch_related(
        "appointments__post__titles", "appointments__section"
    )
    accounts = []
    for person in people:
        held = sorted(person.appointments.all(), key=lambda a: (a.post.position, a.kind))
        titles = [
            a.title() if a.in_force(now) else f"{a.title()}, penugasan tidak berlaku" for a in held
        ]
        place = (held[0].post.position, held[0].section_id or 0) if held else (0, 0)
        accounts.append((place, person.username, "; ".join(titles) or "tanpa jabatan"))
    return [(username, words) for _, username, words in sorted(accounts)]
