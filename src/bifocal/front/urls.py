"""Addresses."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from prometheus_client import generate_latest

from bifocal.front.api import api
from bifocal.front.setup.rules import is_loopback
from bifocal.front.views import (
    bids,
    capacity,
    change,
    controls,
    dispatch,
    do,
    doubts,
    estimates,
    home,
    imports,
    jobs,
    lists,
    loans,
    me,
    money,
    oncall,
    outside,
    papers,
    people,
    places,
    planning,
    project,
    replan,
    risk,
    roster,
    service,
    setup,
    tiles,
    tour,
    warranty,
    workmix,
)  # fmt: skip


def healthz(request: HttpRequest) -> HttpResponse:
    """Alive, with its database."""
    from django.db import connection

    with connection.cursor() as cur:
        cur.execute("select 1")
    return HttpResponse("ok", content_type="text/plain")


def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus, from this machine only."""
    if not is_loopback(request.META.get("REMOTE_ADDR", "")):
        return HttpResponse(status=404)
    return HttpResponse(generate_latest(), content_type="text/plain; version=0.0.4")


urlpatterns = [
    path("", home.today), path("search", home.search), path("dispatch", dispatch.dispatch), path("intake", service.intake),
    path("visits/<uuid:uid>", service.visit), path("do/<str:command>", do.do),
    path("jobs", lists.jobs), path("jobs/<uuid:uid>", jobs.job),
    path("jobs/<uuid:uid>/activities/<uuid:activity>", planning.activity),
    path("jobs/<uuid:uid>/updates", planning.updates), path("jobs/<uuid:uid>/checks", planning.checks),
    path("jobs/<uuid:uid>/lookahead", planning.lookahead), path("jobs/<uuid:uid>/dates", planning.notices),
    path("jobs/<uuid:uid>/risk", risk.risk),
    path("jobs/<uuid:uid>/schedule.<str:form>", planning.schedule_file),
    path("customers", lists.customers), path("customers/<uuid:uid>", jobs.customer),
    path("sites/<uuid:uid>", places.site), path("equipment/<uuid:uid>", places.equipment), path("contacts/<uuid:uid>", places.contact),
    path("map/tiles.pmtiles", tiles.tiles_file), path("me/language", me.language),
    path("projects", lists.projects), path("projects/new", project.new_project),
    path("documents", lists.documents), path("documents/<uuid:uid>", project.document),
    path("documents/<uuid:uid>/pdf", project.document_paper), path("documents/<uuid:uid>/evidence", change.evidence),
    path("money/exposure", change.exposure), path("link/<str:token>/files/<uuid:uid>", outside.file),
    path("payapps/<uuid:uid>/their-form.xlsx", project.their_form), path("payapps/<uuid:uid>/package.pdf", project.payapp_package),
    path("payapps/<uuid:uid>", project.payapp), path("payapps/<uuid:uid>/pdf", project.payapp_pdf),
    path("jobs/<uuid:uid>/budget/<str:code>/<str:cost_type>/<str:column>", controls.budget_cell),
    path("commitments/<uuid:uid>", controls.commitment), path("money/wip", controls.wip_page),
    path("subapps/<uuid:uid>", controls.subapp), path("money/pay-run", controls.pay_run),
    path("money", money.money), path("money/close", money.close), path("money/trial-balance", money.trial_balance),
    path("invoices/<uuid:uid>", money.invoice), path("invoices/<uuid:uid>/pdf", money.invoice_paper), path("files/<uuid:uid>", money.file),
    path("stock", lists.stock), path("people", lists.people), path("people/<uuid:uid>", people.person),
    path("reports", money.reports), path("settings", setup.settings_page),
    path("settings/logo", setup.logo), path("settings/certificate", setup.certificate), path("welcome", setup.welcome),
    path("estimates", estimates.estimates), path("estimates/new", estimates.new), path("estimates/<uuid:uid>", estimates.estimate),
    path("estimates/<uuid:uid>/compare", estimates.compare), path("estimates/<uuid:uid>/import", estimates.bring),
    path("bids/<uuid:uid>", bids.package),
    path("assemblies", estimates.assemblies), path("proposals/<uuid:uid>/pdf", estimates.proposal_pdf),
    path("link/<str:token>", outside.link), path("link/<str:token>/paper", outside.paper),
    path("workmix", workmix.workmix), path("workmix/<uuid:uid>", workmix.assessment), path("workmix/<uuid:uid>/report", workmix.report),
    path("tour", tour.tour), path("tour/go", tour.go), path("tour/act", tour.act), path("tour/leave", tour.leave),
    path("bills/<uuid:uid>", papers.bill), path("payapps/<uuid:uid>.xlsx", papers.payapp_workbook),
    path("warranty", warranty.warranty),
    path("settings/import", imports.imports), path("settings/import/<uuid:uid>", imports.batch),
    path("settings/matching", imports.matching),
    path("intake/windows", service.windows), path("visits/<uuid:uid>/ways", loans.ways_page), path("dispatch/idle", loans.idle),
    path("dispatch/on-call", oncall.rota), path("visits/<uuid:uid>/after-hours", oncall.after_hours),
    path("dispatch/replan", replan.replan), path("dispatch/roster", roster.roster_page), path("dispatch/places", doubts.doubts),
    path("dispatch/capacity", capacity.capacity), path("book", capacity.book),
    path("healthz", healthz), path("metrics", metrics),
    path("api/v1/", api.urls), path("account/", include("allauth.urls")),
]  # fmt: skip
