from django.apps import AppConfig


class RosterConfig(AppConfig):
    name = "bifocal.bridges.roster"
    label = "roster"
