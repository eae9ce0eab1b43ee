"""The user's settings for sampling, as samplers and schedules take them. A setting of theirs is a line here."""

from studio.domain.settings import Settings
from studio.domain.things import SamplerOptions, ScheduleOptions


def options_from(settings: Settings, is_sdxl: bool = False) -> tuple[SamplerOptions, ScheduleOptions]:
    """`is_sdxl`: whether the model is of that family, for which Align Your Steps has levels of its own."""
    sampler = SamplerOptions(
        eta=settings.eta,
        eta_ddim=settings.eta_ddim,
        churn=settings.churn,
        churn_min=settings.churn_min,
        churn_max=settings.churn_max,
        noise=settings.sampler_noise,
        uni_pc_variant=settings.uni_pc_variant,
        uni_pc_order=settings.uni_pc_order,
        uni_pc_lower_order_final=settings.uni_pc_lower_order_final,
        ddim_as_a1111=settings.ddim_as_a1111,
    )
    schedule = ScheduleOptions(
        sigma_min=settings.schedule_sigma_min,
        sigma_max=settings.schedule_sigma_max,
        rho=settings.schedule_rho,
        beta_alpha=settings.beta_alpha,
        beta_beta=settings.beta_beta,
        uni_pc_skip_type=settings.uni_pc_skip_type,
        is_sdxl=is_sdxl,
        ddim_as_a1111=settings.ddim_as_a1111,
    )
    return sampler, schedule
