"""The customer's signed link: an unguessable code and our seal on it, nothing of the case."""

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import Http404

from kompensasi.cases.models import Case

SALT = "kompensasi.lacak"


def token_of(case: Case) -> str:
    """What stands in the address after `/lacak/`."""
    return Signer(salt=SALT).sign(case.tracking_code)


def customer_url(case: Case) -> str:
    """The whole address, as it is given to the customer."""
    return f"{settings.PUBLIC_URL.rstrip('/')}/lacak/{token_of(case)}/"


def case_of(token: str) -> Case:
    """The case a token was made for; Http404 for anything else, whatever is wrong with it."""
    try:
        code = Signer(salt=SALT).unsign(token)
        return Case.objects.select_related(
            "order__customer", "order__service", "order__section", "order__standard", "revision"
        ).get(tracking_code=code)
    except (BadSignature, Case.DoesNotExist) as wrong:
        raise Http404 from wrong
