"""What can be done about people: record, limit, judge a risk; and who may decide or hold a record."""
