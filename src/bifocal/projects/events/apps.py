from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "bifocal.projects.events"
    label = "events"
