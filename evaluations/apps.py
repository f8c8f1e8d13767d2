from django.apps import AppConfig


class EvaluationsConfig(AppConfig):
    name = "evaluations"
    verbose_name = "Evaluasi"

    def ready(self) -> None:
        from evaluations.sections import evaluations_of, history_of
        from regions import sections

        sections.register(evaluations_of, order=10)
        sections.register(history_of, order=20)
