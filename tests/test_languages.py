"""English and Spanish: a whole catalogue, pages by the user's choice and the browser's wish, refusals in the reader's words."""

from __future__ import annotations

import base64
import html
import re
from typing import Any

import pytest
from babel.messages.pofile import read_po
from django.test import Client
from django.utils import translation

from bifocal.core.models import User
from bifocal.front.sentences import say
from bifocal.kernel.parties.models import Customer
from tests import catalogue
from tests.conftest import actor_named, run
from tests.factories import project

OWN = {
    "Bifocal",
    "CSV",
    "PDF",
    "ACH",
    "Ctrl K",
    "(Alt+Shift+→)",
    "(Alt+Shift+←)",
    "SHA-256",
    "am 12 pm   pm",
    "(  min)",
    "·   ·   · SHA-256",
    "min",
    "→     min",
    "· SPI     · SPI(t)",
    "Enter",
    "Del",
    "Esc",
    "Delete",
    "Ctrl+Z",
    "Ctrl+Y",
    "Alt+Shift+→",
    "Alt+Shift+↑",
    "Alt+Shift+↓",
    "Alt+Shift+←",
}  # fmt: skip  names, units, times and keys, not words


def signed_in(key: str, **headers: str) -> Client:
    client = Client(headers=headers)
    client.force_login(User.objects.get(email=f"{key}@harbor.example"), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_the_spanish_catalogue_has_every_message_and_none_is_empty_or_fuzzy() -> None:
    kept = {m.id: m for m in read_po(catalogue.ES.open("rb"), locale="es") if m.id}
    wanted = set(catalogue.messages())
    assert wanted - set(kept) == set(), "run `make messages` and translate what is new"
    assert set(kept) - wanted == set(), "run `make messages`: these are gone"
    assert [i for i, m in kept.items() if not m.string or m.fuzzy] == []


def test_every_translation_keeps_what_is_filled_in() -> None:
    def holes(text: str) -> list[str]:
        return sorted(re.findall(r"\{\d\}", text))

    assert [m.id for m in read_po(catalogue.ES.open("rb"), locale="es") if m.id and holes(m.id) != holes(m.string)] == []


def test_no_template_says_a_word_that_the_catalogue_does_not_know() -> None:
    bare = []
    for path in sorted((catalogue.SRC / "front" / "templates").rglob("*.html")):
        text = re.sub(r"{%.*?%}|{{.*?}}", " ", path.read_text(), flags=re.S)
        said = re.findall(r">([^<>]*)<", text) + re.findall(r'\s(?:placeholder|aria-label|title)="([^"]*)"', text)
        bare += [f"{path.name}: {s.strip()}" for s in said if re.search(r"[A-Za-z]{3}", s) and s.strip() not in OWN and "://" not in s]
    assert bare == []


@pytest.mark.django_db
def test_a_user_reads_the_pages_in_the_language_they_chose_whatever_the_browser_wants() -> None:
    run("user.choose_language", "owner", language="es")
    page = signed_in("owner", accept_language="en-US").get("/").content.decode()
    assert '<html lang="es">' in page and "Clientes" in page and "Qué necesita de mí" in page and "Customers" not in page
    run("user.choose_language", "owner", language="en")
    assert "Customers" in signed_in("owner", accept_language="es-MX").get("/").content.decode()


@pytest.mark.django_db
def test_who_never_chose_reads_what_the_browser_asks_for() -> None:
    assert "Despacho" in signed_in("dispatch", accept_language="es-MX,es;q=0.9").get("/dispatch").content.decode()
    assert "Board of the day" in signed_in("dispatch", accept_language="fr").get("/dispatch").content.decode()
    assert "Contraseña" in Client(headers={"accept-language": "es"}).get("/account/login/").content.decode()


@pytest.mark.django_db
def test_the_choice_is_made_in_the_page_and_goes_with_the_user_and_the_browser() -> None:
    client = signed_in("pm")
    reply = client.post("/me/language", {"language": "es", "next": "/projects"})
    assert reply.status_code == 302 and reply["Location"] == "/projects"
    assert "Proyectos" in client.get("/projects").content.decode()
    client.post("/account/logout/")
    assert "Contraseña" in client.get("/account/login/").content.decode()
    assert client.post("/me/language", {"language": "es"}).status_code == 302  # a stranger is sent to the sign-in
    away = signed_in("pm").post("/me/language", {"language": "en", "next": "https://elsewhere.example/"})
    assert away["Location"] == "/"
    assert signed_in("pm").post("/me/language", {"language": "xx"}).status_code == 422


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["owner", "dispatch", "pm", "super", "books", "viewer", "tech"])
def test_every_role_sees_its_pages_in_spanish(key: str) -> None:
    made = project()
    run("user.choose_language", key, language="es")
    client = signed_in(key)
    for path in ("/", "/jobs", "/projects", "/documents", f"/jobs/{made['job']}", f"/jobs/{made['job']}?tab=contract", "/people"):
        reply = client.get(path, follow=True)
        if reply.status_code == 200:
            text = re.sub(r"<[^>]*>", " ", re.sub(r"(?s)<(script|head).*?</\1>", "", reply.content.decode()))
            assert not re.search(r"\b(Customers|Invoice|Overview|Nothing|Schedule|Search|waiting|Today)\b", text), f"{key} {path}"


def test_a_refusal_is_said_in_spanish_with_what_was_filled_in() -> None:
    with translation.override("es"):
        assert say("Write the question.") == "Escriba la pregunta."
        assert say("Ana Ruiz is on credit hold: 90 days late. Clear the hold, or override it with a reason.") == (
            "Ana Ruiz tiene el crédito suspendido: 90 days late. Quite la suspensión, o pásela por alto con un motivo."
        )
        assert say("J-12 is in progress; it can't become closed. From here: done.").startswith("J-12 está en curso; no puede pasar a")
        assert say("Something that no catalogue knows.") == "Something that no catalogue knows."
    with translation.override("en-us"):
        assert say("Write the question.") == "Write the question."


@pytest.mark.django_db
def test_a_form_that_is_refused_answers_in_the_reader_s_language() -> None:
    run("user.choose_language", "dispatch", language="es")
    run("customer.add", "dispatch", name="Rosa Doble")
    reply = signed_in("dispatch").post("/do/customer.add", {"name": "Rosa Doble"}, headers={"hx-request": "true"})
    assert reply.status_code == 409 and "Parece un cliente que ya tiene" in reply.content.decode()


@pytest.mark.django_db
def test_figures_of_forms_and_drawings_are_the_same_in_every_language() -> None:
    """A comma in an amount would be read as another amount, and one in a place would break the board."""
    made = project()
    app = run("payapp.draft", "pm", contract=made["contract"], period_to="2026-01-31")["uid"]
    run("payapp.fill", "pm", payapp=app, lines=[{"item": "1", "this_period": "12345.60"}])
    run("user.choose_language", "pm", language="es")
    client = signed_in("pm")
    assert 'value="12345.60"' in client.get(f"/payapps/{app}").content.decode()
    board: Any = client.get("/dispatch").content.decode()
    places = re.findall(r'data-(?:left|width)="([^"]*)"', board)
    assert places and all(re.fullmatch(r"-?\d+(\.\d+)?", p) for p in places)


@pytest.mark.django_db
def test_custom_fields_are_checked_kept_told_and_shown_on_all_five_kinds_of_record() -> None:
    """Decision 26."""
    made = project()
    customer = Customer.objects.get(uid=made["customer"])
    site = customer.sites.get().uid
    unit = run("equipment.add", "pm", site=site, name="Chiller")["uid"] if actor_named("pm").can("equipment.edit") else None
    unit = unit or run("equipment.add", "owner", site=site, name="Chiller")["uid"]
    rfi = run("rfi.draft", "pm", job=made["job"], title="Slope", question="Why?")["uid"]
    records = {
        "customer": ("customer.change", "customer", made["customer"], f"/customers/{made['customer']}"),
        "site": ("site.change", "site", site, f"/sites/{site}"),
        "job": ("job.edit", "job", made["job"], f"/jobs/{made['job']}"),
        "equipment": ("equipment.change", "equipment", unit, f"/equipment/{unit}"),
        "document": ("document.set_fields", "document", rfi, f"/documents/{rfi}"),
    }
    client = signed_in("owner")
    for kind, (command, name, uid, page) in records.items():
        run("custom_field.add", "owner", on_kind=kind, name="gate", label="Gate code")
        run("custom_field.add", "owner", on_kind=kind, name="seen", label="Last seen", sort="date")
        run("custom_field.add", "owner", on_kind=kind, name="tons", label="Tons", sort="number")
        run(command, "owner", **{name: str(uid)}, custom={"gate": "4711#", "seen": "2026-03-14", "tons": "1,250.5"})
        shown = client.get(page).content.decode()
        assert "4711#" in shown and "Sat 14 Mar" in shown and "1250.5" in shown, kind
        assert f'action="/do/{command}"' in shown and "Gate code" in shown, kind
        assert "4711#" in str([f.payload for f in facts_of(uid)]), kind
        for bad, why in (({"seen": "soon"}, "must be a date"), ({"tons": "many"}, "must be a number"), ({"nope": "1"}, "no custom field")):
            reply = client.post(
                f"/do/{command}", {name: str(uid), **{f"custom.{k}": v for k, v in bad.items()}}, headers={"hx-request": "true"}
            )
            assert reply.status_code == 422 and why in reply.content.decode(), (kind, bad)


def facts_of(uid: Any) -> list[Any]:
    from bifocal.core.models import Fact

    return list(Fact.objects.filter(subject_uid=uid))


@pytest.mark.django_db
def test_a_custom_field_leaves_alone_what_the_record_keeps_beside_it() -> None:
    from bifocal.kernel.jobs.models import Job

    made = project()
    Job.objects.filter(uid=made["job"]).update(custom={"before_promotion": {"profile": "service"}})
    run("custom_field.add", "owner", on_kind="job", name="gate", label="Gate code", required=True)
    run("job.edit", "pm", job=made["job"], custom={"gate": "12"})
    assert Job.objects.get(uid=made["job"]).custom == {"before_promotion": {"profile": "service"}, "gate": "12"}


@pytest.mark.django_db
def test_the_assessment_the_import_and_the_tour_speak_spanish() -> None:
    run("user.choose_language", "owner", language="es")
    owner = signed_in("owner")
    text = "Job,Started,Finished,Total\n1,01/02/2024,01/03/2024,9000\n2,01/02/2024,05/06/2024,1500\n3,01/02/2024,soon,-5\n"
    content = base64.b64encode(text.encode()).decode()
    page = owner.get(f"/workmix/{run('workmix.assess', 'owner', filename='w.csv', content=content)['uid']}").content.decode()
    for said in ("Trabajo de proyectos es el lado menor: 14.3% de", "está entre 10% y 25%: vigílelo", "no es una fecha", "es negativo",
                 "porque ningún valor prueba el orden", "Doble captura"):  # fmt: skip
        assert said in html.unescape(page), said
    rows = base64.b64encode(b"ID,Name,Email\n1,,\n2,Bad,x@@y\n3,Once,\n3,Again,\n").decode()
    batch = run("import.upload", "owner", kind="customers", filename="c.csv", content=rows)["uid"]
    page = html.unescape(owner.get(f"/settings/import/{batch}").content.decode())
    assert "No hay nombre: llene nombre" in page and "no es una dirección de correo" in page and "ya está en la línea 4" in page
    assert "Un tablero del lunes" in html.unescape(owner.get("/tour").content.decode())
