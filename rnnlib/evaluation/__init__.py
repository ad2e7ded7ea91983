"""How good a model is, beside counting models and copies."""

from rnnlib.evaluation.forecast_baselines import ExponentialSmoothing as ExponentialSmoothing
from rnnlib.evaluation.forecast_baselines import LinearAutoregression as LinearAutoregression
from rnnlib.evaluation.forecast_baselines import Naive as Naive
from rnnlib.evaluation.forecast_baselines import SeasonalNaive as SeasonalNaive
from rnnlib.evaluation.forecasts import Forecast as Forecast
from rnnlib.evaluation.forecasts import backtest as backtest
from rnnlib.evaluation.forecasts import block_interval as block_interval
from rnnlib.evaluation.forecasts import crps_gaussian as crps_gaussian
from rnnlib.evaluation.forecasts import mase as mase
from rnnlib.evaluation.forecasts import pinball as pinball
from rnnlib.evaluation.ngrams import NgramModel as NgramModel
from rnnlib.evaluation.ngrams import uniform as uniform
from rnnlib.evaluation.overlap import diversity as diversity
from rnnlib.evaluation.overlap import longest_overlap as longest_overlap
from rnnlib.evaluation.overlap import repetition as repetition
from rnnlib.evaluation.scores import accuracy as accuracy
from rnnlib.evaluation.scores import loss_by_position as loss_by_position
from rnnlib.evaluation.scores import mean_loss as mean_loss
from rnnlib.evaluation.scores import score as score
from rnnlib.evaluation.scores import surprise as surprise
