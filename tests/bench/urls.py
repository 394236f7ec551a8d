"""The product's addresses, and one page more: as little as a list can be."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine
from django.urls import path

from kompensasi.urls import urlpatterns as product
from spm_monitor.models import Order

PAGE = Engine().from_string(
    "<!doctype html><title>Patokan</title><p>{{ person }}</p><table>{% for row in rows %}<tr>"
    "<td>{{ row.number }}</td><td>{{ row.sample }}</td><td>{{ row.due_at }}</td>"
    "<td>{{ row.estimate_at }}</td><td>{{ row.note }}</td></tr>{% endfor %}</table>"
)


@login_not_required
def yardstick(request: HttpRequest) -> HttpResponse:
    """A session, one query by an index, 25 rows in a template."""
    rows = list(Order.objects.order_by("-pk")[:25])
    person = request.session["_auth_user_id"]
    return HttpResponse(PAGE.render(Context({"rows": rows, "person": person})))


urlpatterns = [*product, path("patokan/", yardstick)]
