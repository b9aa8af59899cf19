ALTER TABLE sensor ADD COLUMN proven_at timestamptz;
ALTER TABLE sensor_health ADD COLUMN proven boolean NOT NULL DEFAULT false;
ALTER TABLE sensor_health ALTER COLUMN proven DROP DEFAULT;
UPDATE sensor SET proven_at = proof.at
  FROM (SELECT binding.sensor_id, max(sensor_proof.proven_at) AS at
          FROM sensor_proof JOIN binding ON binding.id = sensor_proof.binding_id
         WHERE sensor_proof.ended_at IS NULL AND sensor_proof.how = 'commissioning' GROUP BY 1) AS proof
 WHERE proof.sensor_id = sensor.id;
UPDATE sensor_health SET proven = true
  FROM sensor_proof JOIN binding ON binding.id = sensor_proof.binding_id
 WHERE sensor_proof.ended_at IS NULL AND binding.sensor_id = sensor_health.sensor_id;
DROP TABLE sensor_proof;
