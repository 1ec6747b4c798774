"""The columns and defaults of the XER tables that a new file gets (as Primavera P6 20.12 writes them)."""

from __future__ import annotations

HEADER = ("ERMHDR", "20.12", "2026-01-01", "Project", "admin", "admin", "dbxDatabaseNoName", "Project Management", "USD")
COLUMNS: dict[str, tuple[str, ...]] = {
    name: tuple(words.split())
    for name, words in {
        "PROJECT": """proj_id fy_start_month_num rsrc_self_add_flag allow_complete_flag rsrc_multi_assign_flag checkout_flag project_flag
            step_complete_flag cost_qty_recalc_flag batch_sum_flag name_sep_char def_complete_pct_type proj_short_name orig_proj_id
            source_proj_id base_type_id clndr_id sum_base_proj_id task_code_base task_code_step priority_num wbs_max_sum_level
            strgy_priority_num critical_drtn_hr_cnt def_cost_per_qty last_recalc_date plan_start_date plan_end_date scd_end_date add_date
            def_duration_type task_code_prefix guid def_qty_type def_rate_type add_act_remain_flag act_this_per_link_flag def_task_type
            act_pct_link_flag critical_path_type task_code_prefix_flag def_rollup_dates_flag use_project_baseline_flag
            rem_target_link_flag reset_planned_flag allow_neg_act_flag sum_assign_level export_flag""",
        "CALENDAR": """clndr_id default_flag clndr_name proj_id base_clndr_id last_chng_date clndr_type day_hr_cnt week_hr_cnt month_hr_cnt
            year_hr_cnt rsrc_private clndr_data""",
        "SCHEDOPTIONS": """schedoptions_id proj_id sched_outer_depend_type sched_open_critical_flag sched_lag_early_start_flag
            sched_retained_logic sched_setplantoforecast sched_float_type sched_calendar_on_relationship_lag sched_use_expect_end_flag
            sched_progress_override sched_use_project_end_date_for_float enable_multiple_longest_path_calc""",
        "PROJWBS": """wbs_id proj_id obs_id seq_num est_wt proj_node_flag sum_data_flag status_code wbs_short_name wbs_name phase_id
            parent_wbs_id ev_user_pct ev_etc_user_value ev_compute_type ev_etc_compute_type guid""",
        "RSRC": """rsrc_id parent_rsrc_id clndr_id role_id guid rsrc_seq_num rsrc_name rsrc_short_name def_qty_per_hr cost_qty_type
            active_flag auto_compute_act_flag def_cost_qty_link_flag ot_flag curr_id unit_id rsrc_type""",
        "TASK": """task_id proj_id wbs_id clndr_id phys_complete_pct rev_fdbk_flag est_wt lock_plan_flag auto_compute_act_flag
            complete_pct_type task_type duration_type status_code task_code task_name rsrc_id total_float_hr_cnt free_float_hr_cnt
            remain_drtn_hr_cnt act_work_qty remain_work_qty target_work_qty target_drtn_hr_cnt target_equip_qty act_equip_qty
            remain_equip_qty cstr_date act_start_date act_end_date late_start_date late_end_date expect_end_date early_start_date
            early_end_date restart_date reend_date target_start_date target_end_date rem_late_start_date rem_late_end_date cstr_type
            priority_type suspend_date resume_date float_path float_path_order guid cstr_date2 cstr_type2 driving_path_flag
            external_early_start_date external_late_end_date create_date update_date""",
        "TASKPRED": "task_pred_id task_id pred_task_id proj_id pred_proj_id pred_type lag_hr_cnt comments float_path aref arls",
        "TASKRSRC": """taskrsrc_id task_id proj_id cost_qty_link_flag role_id acct_id rsrc_id remain_qty target_qty remain_qty_per_hr
            target_lag_drtn_hr_cnt target_qty_per_hr act_ot_qty act_reg_qty relag_drtn_hr_cnt cost_per_qty target_cost act_reg_cost
            act_ot_cost remain_cost act_start_date act_end_date restart_date reend_date target_start_date target_end_date
            rollup_dates_flag guid rate_type rsrc_type cost_per_qty_source_type""",
    }.items()
}


def _pairs(words: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in words.split())


DEFAULTS: dict[str, dict[str, str]] = {
    "PROJECT": _pairs(
        "fy_start_month_num=1 rsrc_self_add_flag=Y allow_complete_flag=Y rsrc_multi_assign_flag=Y checkout_flag=N project_flag=Y "
        "step_complete_flag=N cost_qty_recalc_flag=N batch_sum_flag=Y name_sep_char=. def_complete_pct_type=CP_Drtn task_code_base=1000 "
        "task_code_step=10 priority_num=10 wbs_max_sum_level=2 strgy_priority_num=500 critical_drtn_hr_cnt=0 def_cost_per_qty=0.0000 "
        "def_duration_type=DT_FixedDUR2 task_code_prefix=A def_qty_type=QT_Hour def_rate_type=COST_PER_QTY add_act_remain_flag=N "
        "act_this_per_link_flag=Y def_task_type=TT_Task act_pct_link_flag=Y critical_path_type=CT_TotFloat task_code_prefix_flag=Y "
        "def_rollup_dates_flag=Y use_project_baseline_flag=Y rem_target_link_flag=Y reset_planned_flag=N allow_neg_act_flag=N "
        "sum_assign_level=SL_Taskrsrc export_flag=Y"
    ),
    "CALENDAR": _pairs("default_flag=N clndr_type=CA_Base day_hr_cnt=8 week_hr_cnt=40 month_hr_cnt=172 year_hr_cnt=2000 rsrc_private=N"),
    "SCHEDOPTIONS": _pairs(
        "schedoptions_id=1 sched_outer_depend_type=SD_Both sched_setplantoforecast=N enable_multiple_longest_path_calc=N"
    ),
    "PROJWBS": _pairs(
        "seq_num=0 est_wt=1 sum_data_flag=N status_code=WS_Open ev_user_pct=6 ev_compute_type=EC_Cmp_pct ev_etc_compute_type=EE_Rem_hr"
    ),
    "RSRC": _pairs("cost_qty_type=QT_Hour active_flag=Y auto_compute_act_flag=N def_cost_qty_link_flag=Y ot_flag=N curr_id=1"),
    "TASK": _pairs(
        "phys_complete_pct=0 rev_fdbk_flag=N est_wt=1 lock_plan_flag=N auto_compute_act_flag=N complete_pct_type=CP_Drtn "
        "duration_type=DT_FixedDUR2 act_work_qty=0 remain_work_qty=0 target_work_qty=0 target_equip_qty=0 act_equip_qty=0 "
        "remain_equip_qty=0 priority_type=PT_Normal driving_path_flag=N"
    ),
    "TASKRSRC": _pairs(
        "cost_qty_link_flag=Y target_lag_drtn_hr_cnt=0 act_ot_qty=0 relag_drtn_hr_cnt=0 cost_per_qty=0.0000 act_ot_cost=0.0000 "
        "rollup_dates_flag=Y rate_type=COST_PER_QTY cost_per_qty_source_type=ST_Rsrc"
    ),
}  # fmt: skip
