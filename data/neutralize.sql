-- A copy of a production database must not hand anybody over to debt collection.
UPDATE res_company
   SET amili_environment = 'test',
       amili_auto_mode = 'off';
DELETE FROM amili_feed;
DELETE FROM amili_credentials;
-- Nor ask for the service, nor sign for the company.
UPDATE amili_service
   SET state = 'none'
 WHERE state IN ('queued', 'sending', 'unknown');
DELETE FROM amili_service_secret;
-- Nor may what was waiting go out from here.
DELETE FROM amili_identity_code
 USING amili_assignment_payer payer, amili_assignment assignment
 WHERE payer.id = amili_identity_code.payer_id
   AND assignment.id = payer.assignment_id
   AND assignment.state = 'queued';
UPDATE amili_assignment
   SET state = 'cancelled',
       frozen_payload = NULL
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
