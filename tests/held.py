"""Rights that no role lists by name: an outside person's link lends them, or only the owner (who holds all) has them."""

LENT_BY_LINKS = {
    "bid.give", "change.answer", "company.found", "notices.answer", "notices.confirm", "proposal.answer", "quote.give", "rfi.respond",
    "selection.choose", "subapp.fill", "submittal.review",
}  # fmt: skip
OWNER_ONLY = {"change.reverse", "people.manage", "period.lock", "settings.edit", "stock.manage", "users.manage"}
