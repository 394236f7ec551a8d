"""A page that is one form: shown, sent, refused in words at its fields, or done."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.datastructures import MultiValueDict

from spm_monitor.refusals import NotYours, Refused

MEANWHILE = "Seseorang baru saja mencatat hal yang sama. Periksa daftarnya, lalu kirim lagi."


@dataclass(frozen=True, kw_only=True)
class FormPage:
    """What stands around the form."""

    title: str
    submit: str
    """What the button says."""
    back: tuple[str, str]
    """Address and name of the page one came from; also where one goes when it is done."""
    sub: str = ""
    template: str = "settings/form.html"
    more: dict[str, Any] = field(default_factory=dict)
    """Further context of the template."""


def typed(request: HttpRequest) -> Any:
    """What was sent; or what a post before could not deliver (kompensasi.people.unsent)."""
    if request.method == "POST":
        return request.POST
    unsent: dict[str, Any] = getattr(request, "unsent", dict)()
    return MultiValueDict(unsent) if unsent else None


def answer(
    request: HttpRequest,
    form: forms.BaseForm,
    page: FormPage,
    act: Callable[[], str | HttpResponse],
) -> HttpResponse:
    """Show the form; when it was sent and is good, act.

    act: writes what the form holds; returns the word that it was done, or a page of its own.
    """
    status = 200
    if form.is_bound and form.is_valid():
        try:
            done = act()
        except NotYours:
            raise
        except Refused as refusal:
            refuse(form, refusal)
            status = refusal.status
        except IntegrityError:  # since the form was checked
            form.add_error(None, MEANWHILE)
        else:
            if isinstance(done, HttpResponse):
                return done
            messages.success(request, done)
            return redirect(page.back[0])
    status = status if status != 200 or not form.errors else 422
    return render(request, page.template, {"page": page, "form": form, **page.more}, status=status)


def refuse(form: forms.BaseForm, refusal: Refused) -> None:
    """Show a refusal at its field, on top when the form does not have it."""
    name = getattr(refusal, "field", None)
    form.add_error(name if name in form.fields else None, refusal.sentence)
