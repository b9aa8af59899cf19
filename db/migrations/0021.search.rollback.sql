DROP INDEX card_code_facts;
