from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0001_initial'),
        ('trail', '0003_chain_what_there_is'),
    ]

    operations = [
        migrations.AddField('report', 'trail_seq', models.PositiveBigIntegerField(default=0, verbose_name='nomor jejak')),
        migrations.AddField('report', 'trail_digest', models.CharField(blank=True, max_length=64, verbose_name='sidik jejak')),
    ]
