"""The only room that knows SQLAlchemy: the database, and questions to it by noun."""
