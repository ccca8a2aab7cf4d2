-- A copy of a production database must not hand anybody over to debt collection.
UPDATE res_company
   SET amili_environment = 'test',
       amili_auto_mode = 'off',
       amili_client_id = NULL,
       amili_client_secret = NULL,
       amili_vendor_api_key = NULL,
       amili_service_status = NULL,
       amili_service_active = FALSE,
       amili_service_checked_at = NULL,
       amili_events_read_until = NULL;
-- Nor may what was waiting go out from here.
UPDATE amili_assignment_payer
   SET personal_identity_code = NULL
 WHERE assignment_id IN (SELECT id FROM amili_assignment WHERE state = 'queued');
UPDATE amili_assignment
   SET state = 'cancelled',
       payload = NULL
 WHERE state = 'queued';
UPDATE account_move
   SET amili_state = 'cancelled',
       amili_assignment_id = NULL
 WHERE amili_state = 'queued';
DELETE FROM ir_config_parameter
 WHERE key = 'amili_perinta.sandbox_url';
