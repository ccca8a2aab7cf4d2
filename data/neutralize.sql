-- A copy of a production database must not hand anybody over to debt collection.
UPDATE res_company
   SET amili_environment = 'test',
       amili_auto_mode = 'off',
       amili_client_id = NULL,
       amili_client_secret = NULL,
       amili_vendor_api_key = NULL;
-- Nor ask for the service, nor sign for the company.
UPDATE amili_service
   SET state = 'none'
 WHERE state IN ('queued', 'sending', 'unknown');
UPDATE amili_service
   SET request = NULL,
       activation_url = NULL;
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
UPDATE amili_invoice_upload
   SET state = 'cancelled',
       email = NULL
 WHERE state = 'queued';
DELETE FROM ir_config_parameter
 WHERE key = 'amili_perinta.sandbox_url';
