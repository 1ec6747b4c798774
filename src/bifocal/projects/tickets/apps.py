from django.apps import AppConfig


class TicketsConfig(AppConfig):
    name = "bifocal.projects.tickets"
    label = "tickets"
