CREATE TABLE public.bayesdiag_cases (
    id text NOT NULL,
    version integer NOT NULL,
    status character varying(10) NOT NULL,
    opened_at text NOT NULL,
    changed_at text NOT NULL,
    handler text NOT NULL,
    model_name text NOT NULL,
    model_digest text NOT NULL,
    words text NOT NULL
);
ALTER TABLE ONLY public.bayesdiag_cases ALTER COLUMN id SET STATISTICS 0;
ALTER TABLE ONLY public.bayesdiag_cases ALTER COLUMN handler SET STATISTICS 0;
ALTER TABLE ONLY public.bayesdiag_cases ALTER COLUMN words SET STATISTICS 0;
CREATE TABLE public.bayesdiag_events (
    case_id text NOT NULL,
    seq integer NOT NULL,
    id text NOT NULL,
    at text NOT NULL,
    recorded_by text NOT NULL,
    kind text NOT NULL,
    body text NOT NULL
);
ALTER TABLE ONLY public.bayesdiag_events ALTER COLUMN case_id SET STATISTICS 0;
ALTER TABLE ONLY public.bayesdiag_events ALTER COLUMN recorded_by SET STATISTICS 0;
ALTER TABLE ONLY public.bayesdiag_events ALTER COLUMN body SET STATISTICS 0;
CREATE TABLE public.bayesdiag_marks (
    case_id text NOT NULL,
    kind character varying(10) NOT NULL,
    name text NOT NULL,
    value text NOT NULL
);
ALTER TABLE ONLY public.bayesdiag_marks ALTER COLUMN case_id SET STATISTICS 0;
ALTER TABLE ONLY public.bayesdiag_marks ALTER COLUMN name SET STATISTICS 0;
ALTER TABLE ONLY public.bayesdiag_marks ALTER COLUMN value SET STATISTICS 0;
CREATE TABLE public.bayesdiag_tombstones (
    digest character varying(64) NOT NULL,
    salt character varying(32) NOT NULL,
    erased_on character varying(10) NOT NULL
);
CREATE TABLE public.bayesdiag_version (
    version_num character varying(32) NOT NULL
);
INSERT INTO public.bayesdiag_cases VALUES ('T-1', 5, 'closed', '2026-11-25T19:34:26.650206Z', '2026-11-25T19:34:26.650416Z', '', 'pos_card', 'sha256:0', 't-1
li
王小明
2026-11-20
display_text
read_error
card_chip_condition
damaged');
INSERT INTO public.bayesdiag_cases VALUES ('T-2', 1, 'open', '2026-11-25T19:34:26.659830Z', '2026-11-25T19:34:26.659830Z', '', '', '', 't-2
li');
INSERT INTO public.bayesdiag_events VALUES ('T-1', 1, 'xpwtvdtrvjwtppxr', '2026-11-25T19:34:26.650206Z', 'Li', 'opened', '{"when":"2026-11-20"}');
INSERT INTO public.bayesdiag_events VALUES ('T-1', 2, 'gwshpqgjpvthrsrb', '2026-11-25T19:34:26.650312Z', '', 'found', '{"variable":"display_text","seen":"read_error","who":"王小明"}');
INSERT INTO public.bayesdiag_events VALUES ('T-1', 3, 'pprfbxppqhnmjvfj', '2026-11-25T19:34:26.650358Z', '', 'diagnosed', '{"diagnosis":{"model":{"name":"pos_card","version":"1.1.0","digest":"sha256:0"},"causes":[]}}');
INSERT INTO public.bayesdiag_events VALUES ('T-1', 4, 'zvqrwfvvwnrrpcmn', '2026-11-25T19:34:26.650393Z', '', 'confirmed', '{"cause":"card_chip_condition","state":"damaged"}');
INSERT INTO public.bayesdiag_events VALUES ('T-1', 5, 'rjmcdtqcxfcszznq', '2026-11-25T19:34:26.650416Z', '', 'closed', '{}');
INSERT INTO public.bayesdiag_events VALUES ('T-2', 1, 'zxkrncfmmxmmkgss', '2026-11-25T19:34:26.659830Z', 'Li', 'opened', '{}');
INSERT INTO public.bayesdiag_marks VALUES ('T-1', 'cause', 'card_chip_condition', 'damaged');
INSERT INTO public.bayesdiag_marks VALUES ('T-1', 'person', 'li', '');
INSERT INTO public.bayesdiag_marks VALUES ('T-1', 'person', '王小明', '');
INSERT INTO public.bayesdiag_marks VALUES ('T-2', 'person', 'li', '');
INSERT INTO public.bayesdiag_version VALUES ('0001');
ALTER TABLE ONLY public.bayesdiag_cases
    ADD CONSTRAINT bayesdiag_cases_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.bayesdiag_events
    ADD CONSTRAINT bayesdiag_events_id_key UNIQUE (id);
ALTER TABLE ONLY public.bayesdiag_events
    ADD CONSTRAINT bayesdiag_events_pkey PRIMARY KEY (case_id, seq);
ALTER TABLE ONLY public.bayesdiag_marks
    ADD CONSTRAINT bayesdiag_marks_pkey PRIMARY KEY (case_id, kind, name, value);
ALTER TABLE ONLY public.bayesdiag_tombstones
    ADD CONSTRAINT bayesdiag_tombstones_pkey PRIMARY KEY (digest);
ALTER TABLE ONLY public.bayesdiag_version
    ADD CONSTRAINT bayesdiag_version_pkc PRIMARY KEY (version_num);
CREATE INDEX bayesdiag_cases_by_change ON public.bayesdiag_cases USING btree (changed_at);
CREATE INDEX bayesdiag_marks_by_name ON public.bayesdiag_marks USING btree (kind, name, value);
ALTER TABLE ONLY public.bayesdiag_events
    ADD CONSTRAINT bayesdiag_events_case_id_fkey FOREIGN KEY (case_id) REFERENCES public.bayesdiag_cases(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.bayesdiag_marks
    ADD CONSTRAINT bayesdiag_marks_case_id_fkey FOREIGN KEY (case_id) REFERENCES public.bayesdiag_cases(id) ON DELETE CASCADE;
