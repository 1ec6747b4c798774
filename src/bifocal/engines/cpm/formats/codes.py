"""Activity codes (responsibility, area, phase …) in the three formats: read from each, and written into a document that is new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from xml.etree.ElementTree import Element as Tree

from bifocal.engines.cpm.formats.file import Code, ScheduleFile
from bifocal.engines.cpm.formats.xer_tables import Xer, XerTable
from bifocal.engines.cpm.formats.xml import Node
from bifocal.engines.cpm.formats.xml_write import make

Codes = dict[str, tuple[Code, ...]]
ACTIVITY_ID = "Activity ID"  # the alias of the text field that carries P6's activity id in Microsoft's form
TEXTS = (188743731, 188743734, 188743737, 188743740, 188743743, 188743746, 188743747, 188743748, 188743749, 188743750)
TEXTS = (*TEXTS, *range(188743997, 188744017))  # Text1 to Text30 of a task, by Microsoft's field numbers
TABLES = {
    "ACTVTYPE": "actv_code_type_id actv_short_len seq_num actv_code_type proj_id wbs_id actv_code_type_scope",
    "ACTVCODE": "actv_code_id parent_actv_code_id actv_code_type_id actv_code_name short_name seq_num color total_assignments",
    "TASKACTV": "task_id actv_code_type_id actv_code_id proj_id",
}


def _gather(rows: Iterable[tuple[str, Code]]) -> Codes:
    out: dict[str, list[Code]] = {}
    for activity, code in rows:
        out.setdefault(activity, []).append(code)
    return {key: tuple(codes) for key, codes in out.items()}


def _sorts(codes: Mapping[str, tuple[Code, ...]]) -> dict[str, dict[str, str]]:
    """Every sort with its values and what each stands for, in the order met."""
    out: dict[str, dict[str, str]] = {}
    for found in codes.values():
        for code in found:
            out.setdefault(code.sort, {}).setdefault(code.value, code.name)
    return out


def from_xer(doc: Xer) -> Codes:
    """By activity, in the order of table TASKACTV."""
    sorts = {r.get("actv_code_type_id"): r.get("actv_code_type", "") for r in doc.rows("ACTVTYPE")}
    values = {r.get("actv_code_id"): r for r in doc.rows("ACTVCODE")}
    found = ((r.get("task_id", ""), sorts.get(r.get("actv_code_type_id")), values.get(r.get("actv_code_id"))) for r in doc.rows("TASKACTV"))
    return _gather((t, Code(s, v.get("short_name", ""), v.get("actv_code_name", ""))) for t, s, v in found if t and s and v is not None)


def into_xer(doc: Xer, file: ScheduleFile, tasks: Mapping[str, tuple[str, str]]) -> None:
    """The three tables of a new document; `tasks` gives an activity's number and its project's."""
    sorts = _sorts({key: codes for key, codes in file.codes.items() if key in tasks})
    if not sorts:
        return
    rows: dict[str, list[list[str]]] = {name: [] for name in TABLES}
    numbers: dict[tuple[str, str], tuple[str, str]] = {}
    for n, (sort, values) in enumerate(sorts.items(), 1):
        rows["ACTVTYPE"].append([str(n), str(max(map(len, values))), str(n), sort, "", "", "AS_Global"])
        for value, name in values.items():
            numbers[sort, value] = str(n), str(len(numbers) + 1)
            rows["ACTVCODE"].append([numbers[sort, value][1], "", str(n), name or value, value, "", "", "0"])
    for key, codes in file.codes.items():
        if key in tasks:
            task, project = tasks[key]
            rows["TASKACTV"] += [[task, *numbers[c.sort, c.value], project] for c in codes]
    for name, columns in TABLES.items():
        doc.tables[name] = XerTable(name, columns.split(), rows[name])


def from_pmxml(root: Node, activities: Iterable[Node]) -> Codes:
    """By activity; global codes and those of a project."""
    owners = [root, *root.each("Project")]
    sorts = {t.text("ObjectId"): t.text("Name") for o in owners for t in o.each("ActivityCodeType")}
    values = {v.text("ObjectId"): v for o in owners for v in o.each("ActivityCode")}
    found = (
        (a.text("ObjectId"), sorts.get(c.text("TypeObjectId")), values.get(c.text("ValueObjectId")))
        for a in activities
        for c in a.each("Code")
    )
    return _gather((t, Code(s, v.text("CodeValue"), v.text("Description"))) for t, s, v in found if s and v is not None)


def into_pmxml(root: Tree, ns: str, file: ScheduleFile, activities: Mapping[str, Tree]) -> None:
    """Types and values at the top of a new document, and each activity's own; `activities` by the file's ids."""
    numbers: dict[tuple[str, str], tuple[str, str]] = {}
    made: list[Tree] = []
    for n, (sort, values) in enumerate(_sorts(file.codes).items(), 1):
        made.append(make(root, ns, "ActivityCodeType", [("Length", "20"), ("Name", sort), ("ObjectId", str(n)), ("Scope", "Global")]))
        for value, name in values.items():
            numbers[sort, value] = str(n), str(len(numbers) + 1)
            made.append(make(root, ns, "ActivityCode", [
                ("CodeTypeObjectId", str(n)), ("CodeValue", value), ("Description", name or value), ("ObjectId", numbers[sort, value][1]),
            ]))  # fmt: skip
    for place, element in enumerate(made):
        root.remove(element)
        root.insert(place, element)
    for key, codes in file.codes.items():
        for code in codes if key in activities else ():
            sort, value = numbers[code.sort, code.value]
            make(activities[key], ns, "Code", [("TypeObjectId", sort), ("ValueObjectId", value)])


def from_mspdi(root: Node, rows: Iterable[Node]) -> tuple[dict[str, str], Codes]:
    """The activity ids, and the codes, that stand in named text fields of the tasks."""
    names = {
        f.text("FieldID"): f.text("Alias")
        for f in root.group("ExtendedAttributes", "ExtendedAttribute")
        if f.text("Alias") and f.text("FieldID").isdigit() and int(f.text("FieldID")) in TEXTS
    }
    ids: dict[str, str] = {}
    found: list[tuple[str, Code]] = []
    for row in rows if names else ():
        for field in row.each("ExtendedAttribute"):
            name, value = names.get(field.text("FieldID")), field.text("Value")
            if name == ACTIVITY_ID and value:
                ids[row.text("UID")] = value
            elif name and value:
                found.append((row.text("UID"), Code(name, value)))
    return ids, _gather(found)


def into_mspdi(box: Tree, ns: str, file: ScheduleFile, tasks: Mapping[str, Tree]) -> None:
    """Text1 carries the activity id, the next ones a sort of code each (there are thirty); `box` lists the fields, `tasks` by id."""
    sorts = [ACTIVITY_ID, *list(_sorts(file.codes))[: len(TEXTS) - 1]]
    numbers = {sort: str(TEXTS[n]) for n, sort in enumerate(sorts)}
    for n, sort in enumerate(sorts, 1):
        make(box, ns, "ExtendedAttribute", [("FieldID", numbers[sort]), ("FieldName", f"Text{n}"), ("Alias", sort)])
    for activity in file.network.activities:
        values = [(ACTIVITY_ID, activity.code), *((c.sort, c.value) for c in file.codes.get(activity.id, ()))]
        place = _after(tasks[activity.id], ns)
        for sort, value in values:
            if sort in numbers and value:
                element = make(tasks[activity.id], ns, "ExtendedAttribute", [("FieldID", numbers[sort]), ("Value", value)])
                tasks[activity.id].remove(element)
                tasks[activity.id].insert(place, element)
                place += 1


def _after(task: Tree, ns: str) -> int:
    """Where extended attributes stand in a task: before its baselines."""
    return next((i for i, child in enumerate(task) if child.tag == ns + "Baseline"), len(task))
