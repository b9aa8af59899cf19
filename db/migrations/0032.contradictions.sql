-- I2: a plan made while a chunk was nearly empty reads all of it for every repeated reading, and the collector
-- stands for minutes when gateways send much again. Each is looked up by its index, whatever the plan's age.
-- depends: 0031.proof
ALTER FUNCTION reading_contradictions(integer[], timestamptz[], double precision[]) SET enable_seqscan = off;
