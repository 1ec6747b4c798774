from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "bifocal.kernel.ledger"
    label = "ledger"
