from django.apps import AppConfig


class EvaluationsConfig(AppConfig):
    name = "evaluations"
    verbose_name = "Evaluasi"

    def ready(self) -> None:
        from evaluations.queries.anchors import receipts
        from evaluations.sections import evaluations_of, history_of
        from evaluations.words import register
        from regions import sections
        from trail import anchors

        sections.register(evaluations_of, order=10)
        sections.register(history_of, order=20)
        anchors.register(receipts)
        register()
