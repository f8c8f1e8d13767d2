"""The trail becomes a chain: what was before and after moves into a side row, each event gets its number and digests in
the order it was written, and triggers close both tables."""

import secrets

import django.core.serializers.json
import django.db.models.deletion
from django.db import migrations, models

from trail import guards
from trail.sealing import NOTHING, content_digest, event_digest

BATCH = 2000


def chain(apps, schema_editor):
    Event, EventContent, Chain = (apps.get_model("trail", name) for name in ("Event", "EventContent", "Chain"))
    seq, digest, last = 0, "", 0
    while events := list(Event.objects.filter(pk__gt=last).order_by("pk")[:BATCH]):
        contents = []
        for event in events:
            seq, last = seq + 1, event.pk
            event.seq, event.prev, event.content_digest = seq, digest, NOTHING
            if event.before is not None or event.after is not None or event.reason:
                said = {
                    "before": event.before, "after": event.after, "reason": event.reason, "salt": secrets.token_hex(16)
                }
                event.content_digest = content_digest(**said)
                contents.append(EventContent(event=event, **said))
            digest = event.digest = event_digest(
                seq=seq, prev=event.prev, at=event.at, actor=event.actor_id, acting_as=event.acting_as,
                region_code=event.region_code, action=event.action, subject=event.subject, detail=event.detail,
                content=event.content_digest,
            )  # fmt: skip
        Event.objects.bulk_update(events, ["seq", "prev", "content_digest", "digest"], batch_size=200)
        EventContent.objects.bulk_create(contents, batch_size=200)
    Chain.objects.create(pk=1, seq=seq, digest=digest)
    # PostgreSQL changes no table that has checks of this transaction outstanding.
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def close(apps, schema_editor):
    guards.install(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('trail', '0002_outbox'),
    ]

    operations = [
        migrations.CreateModel(
            name='EventContent',
            fields=[
                ('event', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='content', serialize=False, to='trail.event')),
                ('before', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, null=True)),
                ('after', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, null=True)),
                ('reason', models.TextField(blank=True, verbose_name='alasan')),
                ('salt', models.CharField(max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name='Chain',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seq', models.PositiveBigIntegerField(default=0)),
                ('digest', models.CharField(blank=True, max_length=64)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='chain_has_one_head')],
            },
        ),
        migrations.AddField('event', 'seq', models.PositiveBigIntegerField(editable=False, null=True, verbose_name='nomor')),
        migrations.AddField('event', 'content_digest', models.CharField(default='', editable=False, max_length=64), preserve_default=False),
        migrations.AddField('event', 'prev', models.CharField(blank=True, default='', editable=False, max_length=64), preserve_default=False),
        migrations.AddField('event', 'digest', models.CharField(default='', editable=False, max_length=64, verbose_name='sidik'), preserve_default=False),
        migrations.RunPython(chain, elidable=False),
        migrations.AlterField('event', 'seq', models.PositiveBigIntegerField(editable=False, unique=True, verbose_name='nomor')),
        migrations.RemoveField('event', 'before'),
        migrations.RemoveField('event', 'after'),
        migrations.RemoveField('event', 'reason'),
        migrations.RunPython(close, elidable=False),
    ]
