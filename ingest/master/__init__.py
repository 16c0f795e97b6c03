"""Master data (档案): from a register's files to reference tables with dated history."""
