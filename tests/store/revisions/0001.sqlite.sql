BEGIN TRANSACTION;
CREATE TABLE bayesdiag_cases (
	id TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	status VARCHAR(10) NOT NULL, 
	opened_at TEXT NOT NULL, 
	changed_at TEXT NOT NULL, 
	handler TEXT NOT NULL, 
	model_name TEXT NOT NULL, 
	model_digest TEXT NOT NULL, 
	words TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "bayesdiag_cases" VALUES('T-1',5,'closed','2026-11-25T19:34:25.734156Z','2026-11-25T19:34:25.734686Z','','pos_card','sha256:0','t-1
li
王小明
2026-11-20
display_text
read_error
card_chip_condition
damaged');
INSERT INTO "bayesdiag_cases" VALUES('T-2',1,'open','2026-11-25T19:34:25.766108Z','2026-11-25T19:34:25.766108Z','','','','t-2
li');
CREATE TABLE bayesdiag_events (
	case_id TEXT NOT NULL, 
	seq INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	at TEXT NOT NULL, 
	recorded_by TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (case_id, seq), 
	FOREIGN KEY(case_id) REFERENCES bayesdiag_cases (id) ON DELETE CASCADE, 
	UNIQUE (id)
);
INSERT INTO "bayesdiag_events" VALUES('T-1',1,'fwhjtzwtzskhcnbh','2026-11-25T19:34:25.734156Z','Li','opened','{"when":"2026-11-20"}');
INSERT INTO "bayesdiag_events" VALUES('T-1',2,'xzxqwhjrmmqghhxr','2026-11-25T19:34:25.734314Z','','found','{"variable":"display_text","seen":"read_error","who":"王小明"}');
INSERT INTO "bayesdiag_events" VALUES('T-1',3,'vxkwmskndrgqpncb','2026-11-25T19:34:25.734610Z','','diagnosed','{"diagnosis":{"model":{"name":"pos_card","version":"1.1.0","digest":"sha256:0"},"causes":[]}}');
INSERT INTO "bayesdiag_events" VALUES('T-1',4,'pvmvwhbwxtndztnz','2026-11-25T19:34:25.734648Z','','confirmed','{"cause":"card_chip_condition","state":"damaged"}');
INSERT INTO "bayesdiag_events" VALUES('T-1',5,'bkdrvgjvkrxpsbkh','2026-11-25T19:34:25.734686Z','','closed','{}');
INSERT INTO "bayesdiag_events" VALUES('T-2',1,'bkmkqbppjkqxjgjb','2026-11-25T19:34:25.766108Z','Li','opened','{}');
CREATE TABLE bayesdiag_marks (
	case_id TEXT NOT NULL, 
	kind VARCHAR(10) NOT NULL, 
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (case_id, kind, name, value), 
	FOREIGN KEY(case_id) REFERENCES bayesdiag_cases (id) ON DELETE CASCADE
);
INSERT INTO "bayesdiag_marks" VALUES('T-1','cause','card_chip_condition','damaged');
INSERT INTO "bayesdiag_marks" VALUES('T-1','person','li','');
INSERT INTO "bayesdiag_marks" VALUES('T-1','person','王小明','');
INSERT INTO "bayesdiag_marks" VALUES('T-2','person','li','');
CREATE TABLE bayesdiag_tombstones (
	digest VARCHAR(64) NOT NULL, 
	salt VARCHAR(32) NOT NULL, 
	erased_on VARCHAR(10) NOT NULL, 
	PRIMARY KEY (digest)
);
CREATE TABLE bayesdiag_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT bayesdiag_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "bayesdiag_version" VALUES('0001');
CREATE INDEX bayesdiag_cases_by_change ON bayesdiag_cases (changed_at);
CREATE INDEX bayesdiag_marks_by_name ON bayesdiag_marks (kind, name, value);
COMMIT;
