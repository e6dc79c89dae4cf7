"""The only room that knows SQLAlchemy: the engine, the tables, migrations, and questions by noun."""
