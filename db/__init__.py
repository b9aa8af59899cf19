"""PostgreSQL and nothing about assets: pool, named transactions, migrations, audit chain, the embedded server."""
