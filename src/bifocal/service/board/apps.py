from django.apps import AppConfig


class BoardConfig(AppConfig):
    name = "bifocal.service.board"
    label = "board"
