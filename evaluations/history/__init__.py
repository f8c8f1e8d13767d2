"""Results that others have published: `published.csv`, shipped, and the reading of such files. Pure: no database."""
