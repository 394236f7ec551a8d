from django.urls import path

from kompensasi.cases import customer, slips, step_views, views

urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("kasus/", views.case_list, name="cases"),
    path("kasus/buka/<int:order_pk>/", views.open_case, name="case-open"),
    path("kasus/langkah/<int:number>/", step_views.many, name="step-many"),
    path("kasus/<int:pk>/", views.case_page, name="case"),
    path("kasus/<int:pk>/batal/", views.cancel_case, name="case-cancel"),
    path("kasus/<int:pk>/langkah/<int:number>/", step_views.step_page, name="step"),
    path("kasus/<int:pk>/langkah/<int:number>/pegang/", step_views.assign, name="step-assign"),
    path("kasus/<int:pk>/koreksi/<int:visit_pk>/", step_views.correct, name="step-correct"),
    path("surat/<int:pk>/batal/", views.void_letter, name="letter-void"),
    path("kasus/<int:pk>/bukti/<int:visit_pk>/", views.visit_proof, name="visit-proof"),
    path("kasus/<int:pk>/pemberitahuan/", views.delay_notice, name="delay-notice"),
    path(
        "kasus/<int:pk>/pemberitahuan/<int:visit_pk>/",
        views.delay_notice,
        name="delay-notice-saved",
    ),
    path("kasus/<int:pk>/tanda-terima/hasil.pdf", slips.results, name="slip-results"),
    path(
        "kasus/<int:pk>/tanda-terima/kompensasi.pdf", slips.compensation, name="slip-compensation"
    ),
    path("persetujuan/", views.approvals, name="approvals"),
    path("lacak/<str:token>/", customer.track, name="track"),
    path("lacak/<str:token>/surat/", customer.letter, name="track-letter"),
]
