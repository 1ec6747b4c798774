"""Which column of somebody's export is which: the names that exports use, in the languages that contractors keep them in.

Sources of the names: the public help pages of Jobber, Housecall Pro, ServiceTitan, Buildertrend and QuickBooks on their exports, and
the plain words of the trade. A name only proposes; the column's content must bear it out (`headers.find`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from bifocal.bridges.imports.rules_cells import folded


@dataclass(frozen=True)
class Field:
    """A figure that a column may hold: exact names, best first; a pattern for longer names; words that rule a column out; `weak`
    names that will do where nothing better is there: the day a job was opened for the day it began."""

    sort: str
    names: tuple[str, ...]
    part: str
    never: str = ""
    weak: tuple[str, ...] = ()


def _names(text: str) -> tuple[str, ...]:
    return tuple(n.strip() for n in text.replace("\n", " ").split("|"))


_PLAN = r"\b(est|estimated|planned|plan|target|projected|expected|due|forecast|baseline|promised|requested|soll|geplant|budget\w*|quoted)\b"
_MONEY_NOT = (
    r"\b(cost|costs|hours?|hrs|rate|tax|vat|paid|payments?|balance|due|discount|labou?r|materials?|margin|profit|deposit|estimate\w*|visits?|"
    r"quantity|qty|change|changes|cos?|budget|percent|pct|tip|fee|commission|units?|retainage|retention|kosten|mwst|iva|tva|steuer|days?)\b|%"
)
FIELDS: dict[str, Field] = {
    "started": Field("date", _names("""
        actual start|actual start date|date started|started|started on|started at|start|start date|start date time|
        start time|job start|job start date|job started|work started|work start|work start date|project start|
        project start date|construction start|begin|begin date|began|beginning|commenced|commencement|commencement date|
        first visit|first visit date|first appointment|first dispatch|dispatched|dispatch date|dispatched on|arrived|
        scheduled start|scheduled start date|schedule start|scheduled|scheduled on|scheduled for|scheduled date|job date|
        service date|date of service|work date|beginn|begonnen|begonnen am|start am|startdatum|anfang|anfangsdatum|von|
        begindatum|aanvang|auftragsbeginn|inicio|fecha inicio|fecha de inicio|iniciado|comienzo|debut|date debut|
        date de debut|commence le|commence|demarrage|date de demarrage|data inizio|data di inizio|inizio|data de inicio|
        data inicio|schedule start date|job scheduled start date|job start time|start dt"""),
        r"\b(start\w*|begin\w*|began|opened|commenc\w+|beginn\w*|inicio|debut|inizio)\b",
        _PLAN + r"|\b(end|finish\w*|complet\w*|warranty|since|contract expir\w*|by|status|reason)\b",
        _names("""
        opened|opened on|opened at|open date|date opened|open|created|created on|created at|created date|date created|
        creation date|job created date|booked|booked on|booking date|call date|received|date received|received on|
        order date|ticket date|work order date|contract date|award date|awarded|date in|from|date|eroffnet|eroffnet am|
        auftragsdatum|datum|apertura|fecha de apertura|fecha apertura|abierto|fecha|ouverture|ouvert le|date d ouverture|
        data""")),
    "finished": Field("date", _names("""
        actual finish|actual finish date|actual end|actual end date|actual completion|actual completion date|date completed|
        completed|completed on|completed at|completed date|completion|completion date|complete date|completion time|
        date finished|finished|finished on|finished at|finish|finish date|job completed|job completed on|work completed|
        work completed on|ended|ended on|end|end date|end date time|end time|date ended|job end|job end date|work end|
        project end|project end date|project completion|done|done on|date done|resolved|resolved on|substantial completion|
        substantial completion date|final completion|last visit|last visit date|last appointment|ende|enddatum|ende am|
        endtermin|fertig|fertig am|fertiggestellt|fertiggestellt am|fertigstellung|abgeschlossen|abgeschlossen am|beendet|
        beendet am|einde|gereed|opgeleverd|fin|fecha fin|fecha de fin|fecha final|final|terminado|fecha de termino|
        fecha de finalizacion|
        fecha finalizacion|fecha de terminacion|terminacion|finalizado|finalizacion|completado|date fin|date de fin|termine|
        termine le|acheve|
        acheve le|achevement|data fine|data di fine|fine|data fim|data de fim|fim|data de termino|conclusao|
        job completed date|job completion date|completed time|date of completion|finish time"""),
        r"\b(finish\w*|complet\w+|closed|ended|end date|fertig\w*|abgeschlossen|terminad[oa]|cierre|termine|date fin)\b",
        _PLAN + r"|\b(start\w*|percent|pct|by|status|reason|count|cost)\b|%",
        _names("""
        closed|closed on|closed at|date closed|close date|closed date|job closed|closeout|closeout date|date out|to|through|
        scheduled end|scheduled end date|schedule end|schedule end date|abschluss|abschlussdatum|bis|cierre|fecha de cierre|
        fecha cierre|cerrado|cloture|date de cloture""")),
    "value": Field("number", _names("""
        revenue|total revenue|job revenue|actual revenue|revised price|revised contract price|
        revised contract|revised contract amount|revised contract sum|
        current contract|contract value|contract amount|contract sum|contract total|contract price|contract|final contract|
        job value|job total|job amount|total invoiced|invoiced|invoiced total|amount invoiced|invoice total|total billed|
        billed|billed to date|amount billed|billings|total price|sale price|total sales|sales|sale|sale amount|sold amount|
        sold|job price|project value|project amount|project total|total|total amount|amount|value|price|grand total|
        invoice amount|net amount|net total|income|umsatz|auftragswert|auftragssumme|wert|betrag|summe|preis|nettobetrag|
        netto|erlos|rechnungsbetrag|rechnungssumme|gesamtbetrag|gesamt|omzet|bedrag|waarde|valor|importe|monto|ingresos|
        ingreso|precio|facturado|importe total|valor total|montant|montant ht|total ht|valeur|chiffre d affaires|ca|prix|
        importo|valore|ricavi|receita|total value|jobs total revenue|running total"""),
        r"\b(revenue|contract (?:value|amount|sum|price|total)|invoice[d]? (?:total|amount)|amount|total|price|value|billed|sales?|umsatz|"
        r"betrag|importe|montant|valor)\b",
        _MONEY_NOT + r"|" + _PLAN + r"|\b(number|no|id|date|type|status|count|name|rep|person|tax)\b",
        _names("""
        rev|net|gross|subtotal|sub total|original contract|original contract amount|balance due total""")),
    "hours": Field("hours", _names("""
        actual hours|actual labor hours|total hours|total hours worked|hours|hours worked|worked hours|labor hours|labour hours|
        total labor hours|man hours|manhours|crew hours|tech hours|technician hours|hrs|total hrs|labor hrs|hours actual|
        job hours|time worked|total time|tracked hours|tracked time|time tracked|time tracked hours|
        billable hours|billed hours|time on job|on site hours|
        hours on site|work hours|timesheet hours|logged hours|hrs worked|labor minutes|minutes|stunden|arbeitsstunden|std|
        ist stunden|gesamtstunden|uren|horas|horas trabajadas|horas totales|heures|heures travaillees|nb heures|ore|
        ore lavorate|total time hours"""),
        r"\b(hours?|hrs|manhours|minutes|stunden|horas|heures|uren|ore)\b",
        _PLAN + r"|\b(sold|rate|per|business|after|of operation|cost|price|overtime|ot|drive|travel|since|until|response|start|end)\b"),
    "visits": Field("count", _names("""
        visits|visit count|no of visits|number of visits|num visits|visits count|total visits|completed visits|trips|
        trip count|number of trips|appointments|appointment count|number of appointments|no of appointments|
        num appointments|appts|dispatches|dispatch count|truck rolls|site visits|days on site|besuche|anzahl besuche|
        termine|anzahl termine|einsatze|anzahl einsatze|bezoeken|visitas|numero de visitas|n visitas|visites|
        nombre de visites|interventions|passages|visite|visits completed"""),
        r"\b(visits?|trips|appointments|dispatches|truck rolls|visitas|visites|besuche|einsatze)\b",
        r"\b(first|last|next|date|fee|per|cost|price|notes?|type|status|start|end|revenue|hours?|planned|recurring)\b"),
    "change_orders": Field("changes", _names("""
        change orders|change order|change order count|number of change orders|no of change orders|num change orders|
        change order s|approved change orders|change orders approved|total change orders|cos|co|co count|no of cos|
        number of cos|num cos|has change order|has change orders|change order total|change order amount|change orders total|
        change orders amount|approved changes|variations|variation|variation orders|variation count|contract changes|
        nachtrage|nachtrag|anzahl nachtrage|meerwerk|ordenes de cambio|orden de cambio|no de ordenes de cambio|cambios|
        avenants|avenant|nombre d avenants|varianti|varianti in corso d opera"""),
        r"\b(change orders?|cos|variations?|variation orders?|nachtrag\w*|avenants?|ordenes de cambio)\b",
        r"\b(date|pending|rejected|draft|declined|notes?|status|last|days)\b"),
    "customer": Field("text", _names("""
        customer|customer name|customer full name|client|client name|account|account name|bill to|bill to name|company|
        company name|customer company|homeowner|owner|owner name|name|kunde|kundenname|auftraggeber|klant|klantnaam|cliente|
        nombre del cliente|nom du client|nom client|committente"""),
        r"\b(customer|client|kunde|cliente|klant)\b",
        r"\b(since|id|no|number|phone|e?mail|type|po|address|city|state|zip|balance|signature|tags?|notes?|street|contact|rating|group|date)\b"),
    "type": Field("text", _names("""
        type|job type|work type|type of work|work order type|service type|project type|category|job category|class|
        business unit|trade|division|department|line of business|art|typ|auftragsart|auftragstyp|kategorie|soort|tipo|
        tipo de trabajo|categoria|type de travaux|categorie|tipo lavoro"""),
        r"\b(?:job|work|service|project|order)s? (?:type|class|category|kind)\b",
        r"\b(customer|client|payment|invoice|contact|property)\b"),
    "status": Field("text", _names("""
        status|job status|work status|project status|work order status|stage|state of work|progress status|auftragsstatus|
        estado|estatus|statut|etat|stato|situacao"""),
        r"\b(?:job|work|project|order) (?:status|stage)\b", r"\b(invoice|payment|billing|customer|sync)\b"),
    "days": Field("days", _names("""
        working days|work days|business days|duration days|duration in days|duration d|days worked|duration working days|
        arbeitstage|dias laborables|jours ouvres|werkdagen|actual duration|duration|length|dauer|duracion|duree"""),
        r"\b(?:working|business) days\b", _PLAN),
    "number": Field("text", _names("""
        job number|job no|job id|job|job num|work order|work order number|work order no|wo|wo number|wo no|project number|
        project no|project id|project|ticket|ticket number|ticket no|number|no|id|reference|ref|order number|order no|
        invoice number|invoice no|invoice|job name|project name|title|auftrag|auftragsnummer|auftrag nr|auftragsnr|nr|
        nummer|numero|no de orden|orden|chantier|affaire|numero d affaire|commessa"""),
        r"\b(?:job|project|order|wo|ticket) (?:number|no|id|num)\b", r"\b(phone|po|customer|tax|zip)\b"),
}  # fmt: skip
SHOWN = ("started", "finished", "value", "hours", "customer", "visits", "change_orders", "type")
_UNIT = re.compile(
    r"[(\[](?:us)?(?:[$€£¥]|usd|eur|gbp|cad|aud|nzd|chf|h|hrs?|hours|net|netto|ht|count|"
    r"dd?[./-]mm?[./-]yy(?:yy)?|mm?[./-]dd?[./-]yy(?:yy)?|yyyy-mm-dd)[)\]]"
)
SHORT = {
    "dt": "date",
    "amt": "amount",
    "qty": "count",
    "cust": "customer",
    "inv": "invoice",
    "compl": "completed",
    "num": "no",
    "nbr": "no",
}
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@lru_cache(maxsize=20_000)
def plain(header: str) -> str:
    """A header for comparing: 'StartDate', 'start_date' and 'Début' become 'start date' and 'debut'; '# of visits' 'no of visits'."""
    text = folded(_CAMEL.sub(" ", header)).replace("#", " no ").replace("n.o ", " no ").replace("n°", " no ")
    text = re.sub(r"[^\w%]+|_", " ", _UNIT.sub(" ", text)).strip()
    return " ".join(SHORT.get(word, word) for word in text.split())


@lru_cache(maxsize=20_000)
def name_score(field: str, header: str) -> float:
    """How well a header names a field: 100 and down for an exact name by its place in the list, below 70 for a part
    of a name or a weak one, 0 for neither."""
    spec, text = FIELDS[field], plain(header)
    if not text:
        return 0.0
    bare = text.removesuffix(" no").strip(), text.removeprefix("no of ").removeprefix("no ").removeprefix("n ").strip()
    for candidate in dict.fromkeys((text, *bare)):
        if candidate in spec.names:
            return 100.0 - 0.3 * spec.names.index(candidate) - (0 if candidate == text else 1)
        if candidate in spec.weak:
            return 62.0 - 0.6 * spec.weak.index(candidate)
    if re.search(spec.part, text) and not (spec.never and re.search(spec.never, text)):
        return 68.0 - min(20, len(text) / 4)
    return 0.0
