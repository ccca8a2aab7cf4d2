"""An ID at Maventa is that of one environment; until now only hand-overs knew which."""


def migrate(cr, version):
    """Let each ID be that of its last hand-over, else of the company's environment."""
    cr.execute(
        """
        UPDATE account_move move
           SET maventa_environment = COALESCE(
                   (
                       SELECT assignment.environment
                         FROM amili_assignment assignment
                        WHERE assignment.move_id = move.id
                          AND assignment.maventa_invoice_id
                              = LOWER(move.maventa_invoice_id)
                        ORDER BY assignment.id DESC
                        LIMIT 1
                   ),
                   company.amili_environment
               )
          FROM res_company company
         WHERE company.id = move.company_id
           AND move.maventa_invoice_id IS NOT NULL
           AND move.maventa_environment IS NULL
        """
    )
