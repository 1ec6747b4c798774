from django.apps import AppConfig


class FrontConfig(AppConfig):
    name = "bifocal.front"
    label = "front"

    def ready(self) -> None:
        """Hand the tables over: who may do what, and who hears of which fact. A wrong name stops the start."""
        from bifocal import wiring
        from bifocal.core import facts, policy
        from bifocal.front import rights
        from bifocal.kernel.purchasing import gates
        from bifocal.projects.schedule import gates as work

        rights.load_commands()
        policy.install(roles=rights.ROLES, grants=rights.GRANTS, office=rights.OFFICE)
        facts.install(wiring.WIRING)
        gates.install(wiring.PAY_GATES)
        work.install(finish=wiring.FINISH_GATES, start=wiring.START_GATES)
