ALTER FUNCTION reading_contradictions(integer[], timestamptz[], double precision[]) RESET enable_seqscan;
